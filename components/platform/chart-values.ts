// What several charts have in common: parts of Kubernetes in the shape in which charts take them, and how values are written.
import { createHash } from "node:crypto";

export interface SeccompProfile {
    readonly type: "RuntimeDefault";
}

export interface ContainerSecurityContext {
    readonly allowPrivilegeEscalation?: boolean | undefined;
    readonly privileged?: boolean | undefined;
    readonly readOnlyRootFilesystem?: boolean | undefined;
    readonly capabilities?: { readonly drop: readonly string[] } | undefined;
    readonly seccompProfile?: SeccompProfile | undefined;
}

export interface TopologySpreadConstraint {
    readonly maxSkew: number;
    readonly topologyKey: string;
    readonly whenUnsatisfiable: "ScheduleAnyway" | "DoNotSchedule";
    readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
}

export interface DisruptionBudget {
    readonly minAvailable: number;
    readonly unhealthyPodEvictionPolicy?: "AlwaysAllow" | "IfHealthyBudget" | undefined;
}

export interface Switch {
    readonly enabled: boolean;
}

/** What a container needs that writes nowhere and gains no privilege. */
export const LOCKED_DOWN: ContainerSecurityContext = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
};

interface ResourceAmounts {
    readonly cpu?: string;
    readonly memory?: string;
}

/** What a container asks for and may use at most. */
export interface ResourceRequirements {
    readonly requests?: ResourceAmounts;
    readonly limits?: ResourceAmounts;
}

/**
 * The same value without the properties that are undefined, at any depth.
 *
 * Chart values write a conditional property as `x: condition ? value : undefined`: a spread would escape the compiler's
 * check for misspelt properties, and a chart swallows those.
 */
export function compact<T>(value: T): T {
    // JSON has no undefined, and chart values are nothing but JSON.
    return JSON.parse(JSON.stringify(value)) as T;
}

/** A digest of a configuration, by which its pods are made anew when it changes. */
export function checksum(configuration: object): string {
    return createHash("sha256").update(JSON.stringify(configuration)).digest("hex");
}
