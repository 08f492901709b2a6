import { celText, celTexts } from "./cel.ts";
import { workloadsOf } from "./catalog.ts";
import type { Catalog } from "./intents.ts";
import type { MeshContext } from "./mesh.ts";
import { GATEWAY_NAME, GATEWAY_SELECTOR } from "./mesh.ts";
import { ISTIOD } from "./platform-names.ts";

type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** Requests to the API server of one sort. */
export interface GuardedRequests {
    readonly apiGroups: readonly string[];
    /** A subresource after a slash, for example `pods/exec`. */
    readonly resources: readonly string[];
    readonly operations: readonly Operation[];
    /** Which of them it is about, in CEL, under a name that is unique in its policy. Default: all. */
    readonly only?: { readonly name: string; readonly expression: string };
}

/** A mesh, as far as requests are about it. */
export interface GuardedMesh {
    readonly catalog: Catalog;
    readonly context: MeshContext;
}

const WRITES = ["CREATE", "UPDATE", "DELETE"] as const;
const ISTIO_GROUPS = [
    "extensions.istio.io",
    "networking.istio.io",
    "security.istio.io",
    "telemetry.istio.io",
];
const GATEWAY_API_GROUPS = ["gateway.networking.k8s.io", "gateway.networking.x-k8s.io"];

/** What the request is about, as it was and as it will be: a deletion has no object, a creation no older one. */
export const OBJECTS = "[dyn(object), dyn(oldObject)].filter(o, o != null)";

/** Whether something holds of the object `o` before the request or after it. */
function eitherWay(expression: string): string {
    return `${OBJECTS}.exists(o, ${expression})`;
}

/** Whether a field, which may be absent, is the same before and after. */
function differs(field: string): string {
    return `dyn(object).?${field} != dyn(oldObject).?${field}`;
}

/** Whether an annotation that Istio reads is another one, such as who may see a Service. */
const ISTIO_ANNOTATIONS_DIFFER =
    '[[dyn(object), dyn(oldObject)], [dyn(oldObject), dyn(object)]].exists(p, p[0].metadata.?annotations.orValue({}).exists(k, k.split("/")[0].endsWith("istio.io") && p[1].metadata.?annotations[?k].orValue("") != p[0].metadata.annotations[k]))';

/**
 * Requests for objects in the mesh's own namespaces that change what the mesh does, give somebody the identity of one of
 * its workloads, or lead into its pods. Annotations of pods, namespaces and, but for Istio's, of Services are left out:
 * network plugins, load balancers and platforms write them.
 */
export function requestsInMesh({ catalog, context }: GuardedMesh): readonly GuardedRequests[] {
    // Of each the ServiceAccount and the label `app`, by which its Service finds its pods, are called the same.
    const workloads = celTexts([
        ...workloadsOf(catalog).map(({ name }) => name),
        GATEWAY_NAME,
        ISTIOD,
    ]);
    const { namespace } = context;
    return [
        {
            apiGroups: [...ISTIO_GROUPS, ...GATEWAY_API_GROUPS],
            resources: ["*"],
            operations: WRITES,
        },
        { apiGroups: [""], resources: ["endpoints"], operations: WRITES },
        {
            apiGroups: [""],
            resources: ["services"],
            operations: WRITES,
            only: {
                name: "service-as-the-mesh-sees-it",
                expression: `request.operation != "UPDATE" || ${differs("spec")} || ${differs("metadata.?labels")} || ${ISTIO_ANNOTATIONS_DIFFER}`,
            },
        },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], operations: WRITES },
        {
            apiGroups: ["networking.k8s.io"],
            resources: ["networkpolicies", "ingresses"],
            operations: WRITES,
        },
        {
            apiGroups: [""],
            resources: ["namespaces"],
            operations: WRITES,
            only: {
                name: "namespace-by-label",
                expression: `request.operation != "UPDATE" || ${differs("metadata.?labels")}`,
            },
        },
        {
            apiGroups: [""],
            resources: ["pods"],
            operations: ["CREATE", "UPDATE"],
            only: {
                name: "pod-of-a-workload",
                expression: `(request.operation != "UPDATE" || ${differs("spec")} || ${differs("metadata.?labels")}) && ${eitherWay(isOf(workloads, "o"))}`,
            },
        },
        {
            apiGroups: ["", "apps", "batch"],
            resources: [
                "replicationcontrollers",
                "deployments",
                "replicasets",
                "statefulsets",
                "daemonsets",
                "jobs",
            ],
            operations: WRITES,
            only: {
                name: "template-of-a-workload",
                expression: eitherWay(
                    `o.?spec.?template.hasValue() && ${isOf(workloads, "o.spec.template")}`,
                ),
            },
        },
        {
            apiGroups: ["batch"],
            resources: ["cronjobs"],
            operations: WRITES,
            only: {
                name: "cron-job-of-a-workload",
                expression: eitherWay(isOf(workloads, "o.spec.jobTemplate.spec.template")),
            },
        },
        {
            apiGroups: [""],
            resources: ["serviceaccounts/token"],
            operations: ["CREATE"],
            only: {
                name: "token-of-a-workload",
                // A kubelet asks for the tokens of its own pods, and is let do no more by Kubernetes itself.
                expression: `request.name in ${workloads} && !("system:nodes" in request.userInfo.?groups.orValue([]))`,
            },
        },
        {
            apiGroups: [""],
            resources: ["secrets"],
            operations: WRITES,
            only: {
                name: "secret-of-an-identity",
                expression: eitherWay(
                    `o.metadata.name in ["cacerts", "istio-ca-secret"] || (o.?type.orValue("") == "kubernetes.io/service-account-token" && o.metadata.?annotations[?"kubernetes.io/service-account.name"].orValue("") in ${workloads})`,
                ),
            },
        },
        {
            apiGroups: [""],
            resources: ["configmaps"],
            operations: WRITES,
            only: {
                name: "settings-of-istio",
                expression: eitherWay(
                    'o.metadata.name == "istio" || o.metadata.name.startsWith("istio-")',
                ),
            },
        },
        {
            apiGroups: [""],
            resources: ["pods/exec", "pods/attach", "pods/ephemeralcontainers"],
            operations: ["CONNECT", "CREATE", "UPDATE"],
        },
        {
            apiGroups: [""],
            resources: ["pods/portforward"],
            operations: ["CONNECT", "CREATE"],
            only: {
                name: "port-of-a-proxy",
                // The addons are looked at in this way.
                expression: `request.namespace == ${celText(namespace)} || ${celTexts([`${ISTIOD}-`, `${GATEWAY_NAME}-`])}.exists(p, request.name.startsWith(p))`,
            },
        },
    ];
}

/** Whether a pod, or the template of one, has the identity of a workload, or would get its requests. */
function isOf(workloads: string, pod: string): string {
    return `(${pod}.spec.?serviceAccountName.orValue("") in ${workloads} || ${pod}.?metadata.?labels.?app.orValue("") in ${workloads})`;
}

/** Keys of labels that Istio's gateway chart and Kubernetes put on the gateway's pods. */
const CHART_LABELS =
    'k == "pod-template-hash" || k.startsWith("app.kubernetes.io/") || k.startsWith("helm.sh/") || k.split("/")[0].endsWith("istio.io")';

/**
 * Requests for objects anywhere else that act on the mesh all the same: Istio gives a gateway's pods whatever selects
 * them, from any namespace, and every object of a kind goes with its definition.
 */
export function requestsElsewhere({ context }: GuardedMesh): readonly GuardedRequests[] {
    const { namespace, controlPlaneNamespace } = context;
    const gatewayLabels = Object.entries({ ...GATEWAY_SELECTOR, app: GATEWAY_NAME });
    const label = "o.spec.selector[k]";
    const selected = gatewayLabels.reduceRight(
        (others, [key, value]) =>
            `k == ${celText(key)} ? ${label} == ${celText(value)} : (${others})`,
        CHART_LABELS,
    );
    const bound = [namespace, controlPlaneNamespace]
        .flatMap((name) => [
            `g.startsWith(${celText(`${name}/`)})`,
            // The older way of naming a gateway of another namespace, which Istio still reads.
            `(!g.contains("/") && (g + ".").contains(${celText(`.${name}.`)}))`,
        ])
        .join(" || ");
    return [
        {
            apiGroups: ["networking.istio.io"],
            resources: ["gateways"],
            operations: WRITES,
            only: {
                name: "gateway-for-the-pods-of-the-mesh",
                expression: eitherWay(
                    `!o.?spec.?selector.hasValue() || o.spec.selector.all(k, ${selected})`,
                ),
            },
        },
        {
            apiGroups: ["networking.istio.io"],
            resources: ["virtualservices"],
            operations: WRITES,
            only: {
                name: "route-at-the-gateway-of-the-mesh",
                expression: eitherWay(`o.?spec.?gateways.orValue([]).exists(g, ${bound})`),
            },
        },
        {
            apiGroups: ["gateway.networking.k8s.io"],
            resources: ["gateways"],
            operations: WRITES,
            only: {
                name: "gateway-at-a-service-of-the-mesh",
                expression: eitherWay(
                    `o.?spec.?addresses.orValue([]).exists(a, (a.?value.orValue("") + ".").contains(${celText(`.${controlPlaneNamespace}.`)}))`,
                ),
            },
        },
        {
            apiGroups: ["networking.k8s.io"],
            resources: ["ingresses"],
            operations: WRITES,
            only: {
                name: "ingress-of-istio",
                expression: eitherWay(
                    'o.?spec.?ingressClassName.orValue("") == "istio" || o.metadata.?annotations[?"kubernetes.io/ingress.class"].orValue("") == "istio"',
                ),
            },
        },
        {
            apiGroups: ["networking.k8s.io"],
            resources: ["ingressclasses"],
            operations: WRITES,
            only: {
                name: "class-of-istio",
                expression: eitherWay(
                    'o.?spec.?controller.orValue("") == "istio.io/ingress-controller"',
                ),
            },
        },
        {
            apiGroups: ["apiextensions.k8s.io"],
            resources: ["customresourcedefinitions"],
            operations: ["UPDATE", "DELETE"],
            only: {
                name: "definition-of-istio",
                expression: eitherWay('o.metadata.name.endsWith(".istio.io")'),
            },
        },
    ];
}
