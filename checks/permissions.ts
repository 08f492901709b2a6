import type {
    V1ClusterRole,
    V1ClusterRoleBinding,
    V1PolicyRule,
    V1Role,
    V1RoleBinding,
    V1ServiceAccount,
} from "@kubernetes/client-node";
import type { MeshConfig } from "#stack/config.ts";
import { API_VERSIONS, groupAndVersion } from "#model/istio-kinds.ts";
import { TLS_SECRET_NAME } from "#model/mesh.ts";
import type { MeshContext } from "#model/mesh.ts";

/** The application's namespace, the control plane's, or what belongs to no namespace, and to any. */
type Place = "application" | "control plane" | "cluster";

/** Something that the checks do with a kind of resource. */
export interface Permission {
    readonly group: string;
    /** A subresource after a slash, for example `pods/exec`. */
    readonly resource: string;
    readonly verbs: readonly string[];
    readonly where: readonly Place[];
    /** Where one object is enough. */
    readonly name?: string;
}

/** ConfigMap in which istiod publishes the roots that its mesh trusts. */
export const ROOT_CONFIG_MAP = "istio-ca-root-cert";

const BOTH = ["application", "control plane"] as const;
const CONTROL_PLANE = ["control plane"] as const;

/** What is looked through for what nobody declared, by group and where. */
const LOOKED_THROUGH: readonly (Pick<Permission, "group" | "where"> & {
    readonly resources: readonly string[];
})[] = [
    {
        group: "networking.istio.io",
        resources: [
            "destinationrules",
            "envoyfilters",
            "gateways",
            "proxyconfigs",
            "serviceentries",
            "sidecars",
            "virtualservices",
            "workloadentries",
            "workloadgroups",
        ],
        where: ["cluster"],
    },
    {
        group: "security.istio.io",
        resources: ["authorizationpolicies", "peerauthentications", "requestauthentications"],
        where: ["cluster"],
    },
    { group: "telemetry.istio.io", resources: ["telemetries"], where: ["cluster"] },
    {
        group: "extensions.istio.io",
        resources: ["trafficextensions", "wasmplugins"],
        where: ["cluster"],
    },
    {
        group: "gateway.networking.k8s.io",
        resources: [
            "backendtlspolicies",
            "gatewayclasses",
            "gateways",
            "grpcroutes",
            "httproutes",
            "referencegrants",
            "tcproutes",
            "tlsroutes",
            "udproutes",
        ],
        where: ["cluster"],
    },
    { group: "networking.k8s.io", resources: ["ingresses", "ingressclasses"], where: ["cluster"] },
    { group: "networking.k8s.io", resources: ["networkpolicies"], where: BOTH },
    { group: "discovery.k8s.io", resources: ["endpointslices"], where: ["cluster"] },
    { group: "", resources: ["namespaces"], where: ["cluster"] },
    { group: "", resources: ["services"], where: BOTH },
    // Helm keeps its records in Secrets.
    { group: "", resources: ["configmaps", "secrets"], where: CONTROL_PLANE },
    {
        group: "apps",
        resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
        where: BOTH,
    },
    {
        group: "rbac.authorization.k8s.io",
        resources: ["clusterrolebindings", "clusterroles"],
        where: ["cluster"],
    },
    {
        group: "rbac.authorization.k8s.io",
        resources: ["rolebindings", "roles"],
        where: BOTH,
    },
    {
        group: "admissionregistration.k8s.io",
        resources: [
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
        ],
        where: ["cluster"],
    },
];

/** What `mesh verify` does on any cluster. */
const PERMISSIONS: readonly Permission[] = [
    {
        group: "",
        resource: "pods",
        verbs: ["create", "list", "deletecollection"],
        where: BOTH,
    },
    // A WebSocket opens with a GET; Kubernetes 1.35 and later want `create` as well.
    { group: "", resource: "pods/exec", verbs: ["get", "create"], where: BOTH },
    {
        group: "",
        resource: "pods/portforward",
        verbs: ["get", "create"],
        where: CONTROL_PLANE,
    },
    { group: "", resource: "pods/log", verbs: ["get"], where: BOTH },
    {
        group: "batch",
        resource: "jobs",
        verbs: ["create", "list", "deletecollection"],
        where: BOTH,
    },
    { group: "apps", resource: "deployments", verbs: ["get"], where: CONTROL_PLANE },
    { group: "", resource: "services", verbs: ["get"], where: CONTROL_PLANE },
    {
        group: "discovery.k8s.io",
        resource: "endpointslices",
        verbs: ["list"],
        where: CONTROL_PLANE,
    },
    {
        group: "",
        resource: "configmaps",
        verbs: ["get"],
        where: CONTROL_PLANE,
        name: ROOT_CONFIG_MAP,
    },
    { group: "", resource: "secrets", verbs: ["get"], where: CONTROL_PLANE, name: TLS_SECRET_NAME },
    // As a dry run.
    {
        group: groupAndVersion(API_VERSIONS.VirtualService).group,
        resource: "virtualservices",
        verbs: ["create"],
        where: ["application"],
    },
    ...LOOKED_THROUGH.flatMap(({ group, resources, where }) =>
        resources.map((resource): Permission => ({ group, resource, verbs: ["list"], where })),
    ),
];

/** What it does besides where the stack has a guard. */
const GUARD_PERMISSIONS: readonly Permission[] = [
    {
        group: "admissionregistration.k8s.io",
        resource: "validatingadmissionpolicies",
        verbs: ["get"],
        where: ["cluster"],
    },
    {
        group: "admissionregistration.k8s.io",
        resource: "validatingadmissionpolicybindings",
        verbs: ["get"],
        where: ["cluster"],
    },
];

/** Everything that `mesh verify` does on a stack's cluster. */
export function permissionsOf({ guard }: Pick<MeshConfig, "guard">): readonly Permission[] {
    return [...PERMISSIONS, ...(guard.enabled ? GUARD_PERMISSIONS : [])];
}

/** One question to the API server, in the words of its access review. */
export interface Access {
    readonly group: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly verb: string;
    readonly name?: string;
    /** Absent where the resource belongs to no namespace. */
    readonly namespace?: string;
}

/** The questions that permissions come to, one a verb and place. */
export function accessesOf(
    permissions: readonly Permission[],
    context: Pick<MeshContext, "namespace" | "controlPlaneNamespace">,
): readonly Access[] {
    const places = {
        application: { namespace: context.namespace },
        "control plane": { namespace: context.controlPlaneNamespace },
        cluster: {},
    };
    return permissions.flatMap(({ group, resource, verbs, where, name }) => {
        const [kind = resource, subresource] = resource.split("/");
        return where.flatMap((place) =>
            verbs.map((verb) => ({
                group,
                resource: kind,
                ...(subresource !== undefined && { subresource }),
                verb,
                ...(name !== undefined && { name }),
                ...places[place],
            })),
        );
    });
}

/** What is missing, with the verbs of one resource in one place together. */
export function describeMissing(missing: readonly Access[]): string {
    const verbs = new Map<string, string[]>();
    for (const { group, resource, subresource, verb, name, namespace } of missing) {
        const kind = [resource, subresource].filter((part) => part !== undefined).join("/");
        const what = [group === "" ? kind : `${kind}.${group}`, name].filter(Boolean).join(" ");
        const where = namespace === undefined ? "the cluster" : `namespace ${namespace}`;
        const key = `${what} in ${where}`;
        verbs.set(key, [...(verbs.get(key) ?? []), verb]);
    }
    return [...verbs].map(([what, which]) => `${which.join(", ")} ${what}`).join("; ");
}

type RoleObject = V1ServiceAccount | V1Role | V1RoleBinding | V1ClusterRole | V1ClusterRoleBinding;

/** A ServiceAccount in the control plane's namespace that is permitted all this, and nothing else. */
export function roleObjects(
    name: string,
    permissions: readonly Permission[],
    { namespace, controlPlaneNamespace }: Pick<MeshContext, "namespace" | "controlPlaneNamespace">,
): readonly RoleObject[] {
    const apiGroup = "rbac.authorization.k8s.io";
    const apiVersion = `${apiGroup}/v1`;
    const subjects = [{ kind: "ServiceAccount", name, namespace: controlPlaneNamespace }];
    const inNamespace = (place: Place, where: string): RoleObject[] => [
        {
            apiVersion,
            kind: "Role",
            metadata: { name, namespace: where },
            rules: rulesIn(place, permissions),
        },
        {
            apiVersion,
            kind: "RoleBinding",
            metadata: { name, namespace: where },
            roleRef: { apiGroup, kind: "Role", name },
            subjects,
        },
    ];
    return [
        {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { name, namespace: controlPlaneNamespace },
        },
        ...inNamespace("application", namespace),
        ...inNamespace("control plane", controlPlaneNamespace),
        {
            apiVersion,
            kind: "ClusterRole",
            metadata: { name },
            rules: rulesIn("cluster", permissions),
        },
        {
            apiVersion,
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef: { apiGroup, kind: "ClusterRole", name },
            subjects,
        },
    ];
}

function rulesIn(place: Place, permissions: readonly Permission[]): V1PolicyRule[] {
    return permissions
        .filter(({ where }) => where.includes(place))
        .map(({ group, resource, verbs, name }) => ({
            apiGroups: [group],
            resources: [resource],
            verbs: [...verbs],
            ...(name !== undefined && { resourceNames: [name] }),
        }));
}
