import type {
    V1ClusterRole,
    V1ClusterRoleBinding,
    V1PolicyRule,
    V1Role,
    V1RoleBinding,
    V1ServiceAccount,
} from "@kubernetes/client-node";
import { serviceOf } from "#stack/addon-addresses.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import type { MeshConfig } from "#stack/config.ts";
import { API_VERSIONS, groupAndVersion } from "#model/istio-kinds.ts";
import { TLS_SECRET_NAME } from "#model/mesh.ts";
import type { MeshContext } from "#model/mesh.ts";

/** The application's namespace, the control plane's, what belongs to no namespace, and to any, or one by its name. */
type Place = "application" | "control plane" | "cluster" | `namespace ${string}`;

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
export function permissionsOf(config: PermittedConfig): readonly Permission[] {
    return [
        ...PERMISSIONS,
        ...(config.guard.enabled ? GUARD_PERMISSIONS : []),
        ...addonPermissions(config),
    ];
}

/** What the permissions follow from. */
type PermittedConfig = Pick<MeshConfig, "guard" | "addons" | "namespace" | "controlPlaneNamespace">;

/** To ask somebody else's Services in other namespaces, over port-forwards. */
function addonPermissions(config: PermittedConfig): Permission[] {
    const { prometheus, jaegerHttp } = addonEndpoints(config);
    const names = [prometheus, jaegerHttp].flatMap((address) =>
        address === undefined ? [] : (serviceOf(address)?.namespace ?? []),
    );
    const where = [...new Set(names)]
        .filter((name) => name !== config.controlPlaneNamespace)
        .map((name): Place => (name === config.namespace ? "application" : `namespace ${name}`));
    return where.length === 0
        ? []
        : [
              { group: "", resource: "services", verbs: ["get"], where },
              // Of the application's namespace they are listed anyway.
              {
                  group: "",
                  resource: "pods",
                  verbs: ["list"],
                  where: where.filter((place) => place !== "application"),
              },
              { group: "", resource: "pods/portforward", verbs: ["get", "create"], where },
          ];
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
    return permissions.flatMap(({ group, resource, verbs, where, name }) => {
        const [kind = resource, subresource] = resource.split("/");
        return where.flatMap((place) =>
            verbs.map((verb) => ({
                group,
                resource: kind,
                ...(subresource !== undefined && { subresource }),
                verb,
                ...(name !== undefined && { name }),
                ...placeOf(place, context),
            })),
        );
    });
}

function placeOf(
    place: Place,
    { namespace, controlPlaneNamespace }: Pick<MeshContext, "namespace" | "controlPlaneNamespace">,
): { readonly namespace?: string } {
    switch (place) {
        case "application":
            return { namespace };
        case "control plane":
            return { namespace: controlPlaneNamespace };
        case "cluster":
            return {};
        default:
            return { namespace: place.slice("namespace ".length) };
    }
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
    context: Pick<MeshContext, "namespace" | "controlPlaneNamespace">,
): readonly RoleObject[] {
    const { controlPlaneNamespace } = context;
    const apiGroup = "rbac.authorization.k8s.io";
    const apiVersion = `${apiGroup}/v1`;
    const subjects = [{ kind: "ServiceAccount", name, namespace: controlPlaneNamespace }];
    const named = permissions
        .flatMap(({ where }) => where)
        .filter((place) => place.startsWith("namespace "));
    const inNamespace = (place: Place): RoleObject[] => [
        {
            apiVersion,
            kind: "Role",
            metadata: { name, ...placeOf(place, context) },
            rules: rulesIn(place, permissions),
        },
        {
            apiVersion,
            kind: "RoleBinding",
            metadata: { name, ...placeOf(place, context) },
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
        ...inNamespace("application"),
        ...inNamespace("control plane"),
        ...[...new Set(named)].flatMap(inNamespace),
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
