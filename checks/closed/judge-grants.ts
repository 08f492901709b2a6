import type { LiveObject } from "#live/kubernetes/objects.ts";
import { describeObject, refOf } from "#live/kubernetes/objects.ts";
import type { AcceptanceTerms } from "./acceptance.ts";
import { acceptanceOf } from "./acceptance.ts";
import type { Judged } from "./finding.ts";
import { allOf, declaredAs } from "./own-objects.ts";
import type { Scene } from "./scene.ts";

interface PolicyRule {
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly verbs?: readonly string[];
}

interface Subject {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
}

/** By what somebody can act as a workload: the resource, and the verbs each of which is enough. */
const POWERS: readonly { readonly resource: string; readonly verbs: readonly string[] }[] = [
    { resource: "pods/exec", verbs: ["create", "get"] },
    { resource: "pods/attach", verbs: ["create", "get"] },
    { resource: "pods/ephemeralcontainers", verbs: ["update", "patch"] },
    // The kubelet behind it runs programs in pods as well.
    { resource: "nodes/proxy", verbs: ["create", "get"] },
    { resource: "serviceaccounts/token", verbs: ["create"] },
    ...["serviceaccounts", "users", "groups"].map((resource) => ({
        resource,
        verbs: ["impersonate"],
    })),
];

/** Everybody, or everybody with some ServiceAccount. */
const ANYBODY = ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"];
const ANONYMOUS = "system:anonymous";
/** Account of pods that name none. */
const DEFAULT_ACCOUNT = "default";

/** Who can act as a workload of the mesh: nobody's subjects may not, everybody else is listed. */
export function judgeGrants(scene: Scene, terms: AcceptanceTerms): Judged {
    const { objects, unread } = scene.inventory.roles;
    const grants = objects
        .filter(({ kind }) => kind.endsWith("RoleBinding"))
        .map((binding) => ({ binding, powers: powersOf(binding, objects) }))
        .filter(({ powers }) => powers.length > 0);
    return {
        findings: grants.flatMap(({ binding, powers }) => {
            const wrong = subjectsOf(binding).filter((subject) => mayNot(subject, scene));
            return wrong.length === 0 || declaredAs(binding, scene.own) !== undefined
                ? []
                : [
                      {
                          object: refOf(binding),
                          text: `lets ${wrong.map(subjectText).join(" and ")} act as workloads of the mesh (${powers.join(", ")})`,
                          acceptance: acceptanceOf(binding, terms),
                      },
                  ];
        }),
        unread,
        seen: listedGrants(grants),
    };
}

interface Grant {
    readonly binding: LiveObject;
    readonly powers: readonly string[];
}

function listedGrants(grants: readonly Grant[]): string {
    const ofCluster = grants.filter(({ binding }) => isOfCluster(binding));
    const others = grants
        .filter(({ binding }) => !isOfCluster(binding))
        .map(
            ({ binding, powers }) =>
                `${subjectsOf(binding).map(subjectText).join(", ") || "nobody"} by ${describeObject(binding)} (${powers.join(", ")})`,
        );
    return [...others, `and ${ofCluster.length} of the cluster's own controllers`].join("; ");
}

/** What the API server makes itself; source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings */
function isOfCluster({ metadata: { name, labels = {} } }: LiveObject): boolean {
    return name.startsWith("system:") && labels["kubernetes.io/bootstrapping"] === "rbac-defaults";
}

function powersOf(binding: LiveObject, all: readonly LiveObject[]): string[] {
    const { kind, name } = binding["roleRef"] as { readonly kind: string; readonly name: string };
    const role = all.find(
        (object) =>
            object.kind === kind &&
            object.metadata.name === name &&
            (kind === "ClusterRole" || object.metadata.namespace === binding.metadata.namespace),
    );
    const rules = (role?.["rules"] ?? []) as readonly PolicyRule[];
    return (
        POWERS.filter(({ resource, verbs }) => rules.some((rule) => permits(rule, resource, verbs)))
            // In a namespace a Role reaches no node, user or group.
            .filter(
                ({ resource }) =>
                    binding.kind === "ClusterRoleBinding" ||
                    resource.startsWith("pods") ||
                    resource.startsWith("serviceaccounts"),
            )
            .map(({ resource, verbs }) =>
                verbs[0] === "impersonate" ? `impersonate ${resource}` : resource,
            )
    );
}

function permits(
    { apiGroups = [], resources = [], verbs: given = [] }: PolicyRule,
    resource: string,
    verbs: readonly string[],
): boolean {
    const [, part] = resource.split("/");
    const meant = ["*", resource, ...(part === undefined ? [] : [`*/${part}`])];
    return (
        ["", "*"].some((group) => apiGroups.includes(group)) &&
        meant.some((each) => resources.includes(each)) &&
        ["*", ...verbs].some((verb) => given.includes(verb))
    );
}

function subjectsOf(binding: LiveObject): readonly Subject[] {
    return (binding["subjects"] ?? []) as readonly Subject[];
}

/** Whether a subject is anybody, or a workload of the mesh, which has no need of it. */
function mayNot(
    { kind, name, namespace = "" }: Subject,
    { own, mesh: { context } }: Scene,
): boolean {
    const near = [context.namespace, context.controlPlaneNamespace];
    switch (kind) {
        case "Group":
            return (
                ANYBODY.includes(name) ||
                near.some((each) => name === `system:serviceaccounts:${each}`)
            );
        case "User":
            return name === ANONYMOUS;
        default:
            return near.includes(namespace) && isOfMesh(name, namespace, own, context.namespace);
    }
}

function isOfMesh(
    name: string,
    namespace: string,
    own: Scene["own"],
    application: string,
): boolean {
    return (
        name === DEFAULT_ACCOUNT ||
        (namespace === application &&
            allOf(own).some(
                ({ kind, metadata }) =>
                    kind === "ServiceAccount" &&
                    metadata.name === name &&
                    metadata.namespace === namespace,
            ))
    );
}

function subjectText({ kind, name, namespace }: Subject): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
