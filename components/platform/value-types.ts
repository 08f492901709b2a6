// The parts of Kubernetes that several charts take in their values, in the charts' own shape.

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
