import type { PolicyConfigSchema } from "@pulumi/policy";

/** Name under which the settings stand in `--policy-pack-config`. */
export const SETTINGS_POLICY = "istio-pack-configure-settings";

/** What the pack is told about the stack it judges; it guesses nothing. */
export interface Settings {
    /** Whether the stack serves real users. Default true: a stack must say that it may be weaker. */
    readonly production: boolean;
    /** Istio's root namespace, in which a policy holds for the whole mesh. */
    readonly rootNamespace: string;
    /** SPIFFE trust domain of every identity. */
    readonly trustDomain: string;
    /** DNS domain of the cluster's services. */
    readonly clusterDomain: string;
    /** Hosts inside the mesh beyond the cluster's own services, for example `*.mesh.internal`. */
    readonly meshHosts: readonly string[];
    /** Principals of other stacks that may be named here: `<trust domain>/ns/<namespace>/sa/<account>`. */
    readonly externalPrincipals: readonly string[];
    /** Whether another stack denies everything by default in the root namespace. */
    readonly meshDeniesByDefault: boolean;
    /** Namespaces of other stacks outside the mesh, in which pods may go without a sidecar. */
    readonly unmeshedNamespaces: readonly string[];
    /** Labels of ingress gateways; what carries one is no application workload. */
    readonly gatewayLabels: readonly string[];
    /** Greatest share of requests, in percent, that a fault may hit outside production. */
    readonly faultPercent: number;
    /** Headers, in lower case, whose value lets a server tell that it has done the work of a request already. */
    readonly idempotencyHeaders: readonly string[];
    /** Lines of Istio that still get security fixes. */
    readonly istioLines: readonly string[];
    /** Hosts, with the beginning of a path where that decides, that no longer serve Istio's charts and images. */
    readonly retiredHosts: readonly string[];
}

export const DEFAULT_SETTINGS: Settings = {
    production: true,
    rootNamespace: "istio-system",
    trustDomain: "cluster.local",
    clusterDomain: "cluster.local",
    meshHosts: [],
    externalPrincipals: [],
    meshDeniesByDefault: false,
    unmeshedNamespaces: [],
    gatewayLabels: ["istio=ingressgateway"],
    faultPercent: 1,
    idempotencyHeaders: ["idempotency-key"],
    istioLines: ["1.30", "1.31"],
    retiredHosts: [
        "istio-release.storage.googleapis.com",
        "gcr.io/istio-release",
        "registry.istio.io",
    ],
};

const texts = { type: "array", items: { type: "string" } } as const;

const PROPERTIES = {
    production: {
        type: "boolean",
        description: "Whether the stack serves real users.",
    },
    rootNamespace: { type: "string", minLength: 1, description: "Istio's root namespace." },
    trustDomain: { type: "string", minLength: 1, description: "SPIFFE trust domain." },
    clusterDomain: {
        type: "string",
        minLength: 1,
        description: "DNS domain of the cluster's services.",
    },
    meshHosts: {
        ...texts,
        description: "Hosts inside the mesh beyond the cluster's own services.",
    },
    externalPrincipals: {
        ...texts,
        description: "Principals of other stacks that policies may name.",
    },
    meshDeniesByDefault: {
        type: "boolean",
        description: "Whether another stack denies by default in the root namespace.",
    },
    unmeshedNamespaces: {
        ...texts,
        description: "Namespaces of other stacks outside the mesh.",
    },
    gatewayLabels: { ...texts, description: "Labels of ingress gateways, each as name=value." },
    faultPercent: {
        type: "number",
        minimum: 0,
        maximum: 100,
        description: "Greatest share of requests that a fault may hit outside production.",
    },
    idempotencyHeaders: {
        type: "array",
        items: { type: "string", pattern: "^[^A-Z]+$" },
        description: "Headers, in lower case, with which a request may safely be sent again.",
    },
    istioLines: { ...texts, minItems: 1, description: "Supported lines of Istio, such as 1.31." },
    retiredHosts: {
        ...texts,
        description: "Hosts that no longer serve Istio's charts and images.",
    },
} as const satisfies PolicyConfigSchema["properties"] & Record<keyof Settings, unknown>;

/** The schema that Pulumi checks the pack's settings against, with the defaults. */
export const SETTINGS_SCHEMA: PolicyConfigSchema = {
    properties: Object.fromEntries(
        Object.entries(PROPERTIES).map(([key, schema]) => [
            key,
            { ...schema, default: DEFAULT_SETTINGS[key as keyof Settings] },
        ]),
    ),
};

/** Names of the settings that do not exist. */
export function unknownSettings(given: object): string[] {
    return Object.keys(given).filter((key) => !Object.hasOwn(PROPERTIES, key));
}

/** The settings given, each absent one at its default. Their types are Pulumi's to check. */
export function settingsFrom(given: object): Settings {
    return { ...DEFAULT_SETTINGS, ...given };
}
