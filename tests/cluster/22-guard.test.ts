import assert from "node:assert/strict";
import type { V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import { AppsV1Api, CoreV1Api, DiscoveryV1Api } from "@kubernetes/client-node";
import { orAbsent } from "#live/kubernetes/errors.ts";
import { IMAGES } from "#local/versions.ts";
import { DEFAULT_USER } from "#model/intents.ts";
import { GATEWAY_SELECTOR, gatewayName, publicHost } from "#model/mesh.ts";
import type { ApiRequest, Who } from "./requests.ts";
import { ask } from "./requests.ts";
import { context, coreApi, eventually, kubeConfig } from "./support.ts";

const MASTERS = "system:masters";
/** RBAC lets them do everything: what refuses them is the guard. */
const STRANGER: Who = { user: "mallory", groups: [MASTERS] };
const EMERGENCY: Who = { user: "fire-brigade", groups: [MASTERS, "a4co:mesh-break-glass"] };
const { namespace, controlPlaneNamespace } = context;
const VICTIM = "payment-service";
const ELSEWHERE = "default";
/** Name of everything that is written here. */
const TRIAL = "guard-trial";

/** What a stranger tries, and how the sentence that refuses it begins. */
interface Attempt {
    readonly request: ApiRequest;
    readonly refused: string;
}

/** What an object is, besides its name. */
type Body = Readonly<Record<string, unknown>> & { readonly metadata?: object };

/** Creates an object, as a dry run. */
function creation(
    apiVersion: string,
    kind: string,
    where: string,
    { metadata, ...rest }: Body,
): ApiRequest {
    const plural = `${kind
        .toLowerCase()
        .replace(/([^aeiou])y$/, "$1ie")
        .replace(/s$/, "se")}s`;
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    return {
        method: "POST",
        path: `${root}/namespaces/${where}/${plural}?dryRun=All`,
        body: {
            apiVersion,
            kind,
            metadata: { name: TRIAL, namespace: where, ...metadata },
            ...rest,
        },
    };
}

function attempt(apiVersion: string, kind: string, where: string, rest: Body): Attempt {
    return {
        request: creation(apiVersion, kind, where, rest),
        refused: `${kind} ${TRIAL} in ${where} may be written only by`,
    };
}

const CONTAINERS = [{ name: "app", image: IMAGES.probe, imagePullPolicy: "IfNotPresent" }];

function template(spec: object): Body {
    return {
        metadata: { labels: { app: TRIAL } },
        spec: { containers: CONTAINERS, ...spec },
    };
}

function deployment(spec: object): Body {
    return { spec: { selector: { matchLabels: { app: TRIAL } }, template: template(spec) } };
}

const PASSTHROUGH = {
    spec: {
        selector: GATEWAY_SELECTOR,
        servers: [
            {
                port: { number: 443, name: "tls", protocol: "TLS" },
                hosts: [publicHost("order", context)],
                tls: { mode: "PASSTHROUGH" },
            },
        ],
    },
};

function routeAt(gateway: string): Body {
    return {
        spec: {
            hosts: [publicHost("order", context)],
            gateways: [gateway],
            http: [
                { route: [{ destination: { host: `${TRIAL}.${ELSEWHERE}.svc.cluster.local` } }] },
            ],
        },
    };
}

const AS_VICTIM = { serviceAccountName: VICTIM };
const NETWORKING = "networking.istio.io/v1";

function attempts(pod: string): Readonly<Record<string, Attempt>> {
    const podPath = `/api/v1/namespaces/${namespace}/pods/${pod}`;
    const crd = "authorizationpolicies.security.istio.io";
    const used = (what: string, name: string): string =>
        `${what} ${name} in ${namespace} may be used only by`;
    return {
        "a route at the gateway": attempt(
            NETWORKING,
            "VirtualService",
            namespace,
            routeAt(gatewayName(context)),
        ),
        "a route at the gateway from elsewhere": attempt(
            NETWORKING,
            "VirtualService",
            ELSEWHERE,
            routeAt(`${namespace}/${gatewayName(context)}`),
        ),
        "a second Gateway that passes TLS through": attempt(
            NETWORKING,
            "Gateway",
            namespace,
            PASSTHROUGH,
        ),
        "a second Gateway from elsewhere": attempt(NETWORKING, "Gateway", ELSEWHERE, PASSTHROUGH),
        "an AuthorizationPolicy that allows everything": attempt(
            "security.istio.io/v1",
            "AuthorizationPolicy",
            namespace,
            { spec: { action: "ALLOW", rules: [{}] } },
        ),
        "a ServiceEntry": attempt(NETWORKING, "ServiceEntry", namespace, {
            spec: {
                hosts: ["elsewhere.example"],
                ports: [{ number: 443, name: "tls", protocol: "TLS" }],
                location: "MESH_EXTERNAL",
                resolution: "DNS",
            },
        }),
        "an EnvoyFilter in the root namespace": attempt(
            "networking.istio.io/v1alpha3",
            "EnvoyFilter",
            controlPlaneNamespace,
            { spec: { configPatches: [] } },
        ),
        "a Service that selects the workload's pods": attempt("v1", "Service", namespace, {
            spec: { selector: { app: VICTIM }, ports: [{ port: 80 }] },
        }),
        "its Service for nobody": {
            request: {
                method: "PATCH",
                path: `/api/v1/namespaces/${namespace}/services/${VICTIM}?dryRun=All`,
                body: { metadata: { annotations: { "networking.istio.io/exportTo": "~" } } },
            },
            refused: `Service ${VICTIM} in ${namespace} may be written only by`,
        },
        "its Service for other pods": {
            request: {
                method: "PATCH",
                path: `/api/v1/namespaces/${namespace}/services/${VICTIM}?dryRun=All`,
                body: { spec: { selector: { app: TRIAL } } },
            },
            refused: `Service ${VICTIM} in ${namespace} may be written only by`,
        },
        "an EndpointSlice of its Service": attempt(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            namespace,
            {
                metadata: { labels: { "kubernetes.io/service-name": VICTIM } },
                addressType: "IPv4",
                endpoints: [{ addresses: ["100.64.9.9"] }],
                ports: [{ port: 80 }],
            },
        ),
        "a NetworkPolicy": attempt("networking.k8s.io/v1", "NetworkPolicy", namespace, {
            spec: { podSelector: {}, policyTypes: ["Ingress"] },
        }),
        "a Deployment under its ServiceAccount": attempt(
            "apps/v1",
            "Deployment",
            namespace,
            deployment(AS_VICTIM),
        ),
        "a Deployment under it, by the field's older name": attempt(
            "apps/v1",
            "Deployment",
            namespace,
            deployment({ serviceAccount: VICTIM }),
        ),
        "a CronJob under it": attempt("batch/v1", "CronJob", namespace, {
            spec: {
                schedule: "0 0 1 1 *",
                jobTemplate: {
                    spec: { template: template({ ...AS_VICTIM, restartPolicy: "Never" }) },
                },
            },
        }),
        "a bare Pod under it": attempt("v1", "Pod", namespace, template(AS_VICTIM)),
        "a Pod among its endpoints": attempt("v1", "Pod", namespace, {
            metadata: { labels: { app: VICTIM } },
            spec: { containers: CONTAINERS },
        }),
        "a Secret with its token": attempt("v1", "Secret", namespace, {
            metadata: {
                annotations: { "kubernetes.io/service-account.name": VICTIM },
            },
            type: "kubernetes.io/service-account-token",
        }),
        "its token": {
            request: {
                method: "POST",
                path: `/api/v1/namespaces/${namespace}/serviceaccounts/${VICTIM}/token?dryRun=All`,
                body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
            },
            refused: used("serviceaccounts/token", VICTIM),
        },
        "another image in its pod": {
            request: {
                method: "PATCH",
                path: `${podPath}?dryRun=All`,
                body: { spec: { containers: [{ name: VICTIM, image: IMAGES.probe }] } },
            },
            refused: `Pod ${pod} in ${namespace} may be written only by`,
        },
        "a program in its pod": {
            request: { method: "POST", path: `${podPath}/exec?command=id&stdout=true` },
            refused: used("pods/exec", pod),
        },
        "a port of its pod": {
            request: { method: "POST", path: `${podPath}/portforward` },
            refused: used("pods/portforward", pod),
        },
        "the end of all its policies": {
            request: {
                method: "DELETE",
                path: `/apis/security.istio.io/v1/namespaces/${namespace}/authorizationpolicies?dryRun=All&fieldSelector=metadata.name%3Ddeny-all`,
            },
            refused: `AuthorizationPolicy deny-all in ${namespace} may be written only by`,
        },
        "the end of its Deployment": {
            request: {
                method: "DELETE",
                path: `/apis/apps/v1/namespaces/${namespace}/deployments/${VICTIM}-v1?dryRun=All`,
            },
            refused: `Deployment ${VICTIM}-v1 in ${namespace} may be written only by`,
        },
        "the end of a whole kind of Istio's": {
            request: {
                method: "DELETE",
                path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd}?dryRun=All`,
            },
            refused: `CustomResourceDefinition ${crd} may be written only by`,
        },
        "a namespace that is not injected": {
            request: {
                method: "PATCH",
                path: `/api/v1/namespaces/${namespace}?dryRun=All`,
                body: { metadata: { labels: { "istio-injection": null } } },
            },
            refused: `Namespace ${namespace} may be written only by`,
        },
        "the mesh's settings": {
            request: {
                method: "PATCH",
                path: `/api/v1/namespaces/${controlPlaneNamespace}/configmaps/istio?dryRun=All`,
                body: { data: { mesh: "" } },
            },
            refused: `ConfigMap istio in ${controlPlaneNamespace} may be written only by`,
        },
    };
}

/** What is nobody's business but the stranger's own. */
const HARMLESS: Readonly<Record<string, ApiRequest>> = {
    "a Pod of no workload": creation("v1", "Pod", namespace, template({})),
    "a Secret": creation("v1", "Secret", namespace, {}),
    "an annotation of the namespace": {
        method: "PATCH",
        path: `/api/v1/namespaces/${namespace}?dryRun=All`,
        body: { metadata: { annotations: { [TRIAL]: "x" } } },
    },
    "a load balancer's note at a Service": {
        method: "PATCH",
        path: `/api/v1/namespaces/${namespace}/services/${VICTIM}?dryRun=All`,
        body: { metadata: { annotations: { "balancer.example/pool": "x" } } },
    },
    "a Gateway for other pods": creation(NETWORKING, "Gateway", ELSEWHERE, {
        spec: { ...PASSTHROUGH.spec, selector: { istio: "another-gateway" } },
    }),
    "a route at another gateway": creation(
        NETWORKING,
        "VirtualService",
        ELSEWHERE,
        routeAt("another-gateway"),
    ),
};

/** The API server lets somebody in, and what he wants to do there is done by WebSocket alone. */
function isLetThrough(status: number, message = ""): boolean {
    return status < 300 || (status === 400 && /upgrade/i.test(message));
}

describe("the guard of the mesh", () => {
    let pod: string;

    before(async () => {
        const { items } = await coreApi().listNamespacedPod({
            namespace,
            labelSelector: `app=${VICTIM}`,
        });
        pod = items[0]?.metadata?.name ?? "";
        assert.notEqual(pod, "");
    });

    for (const what of Object.keys(attempts(""))) {
        it(`${what}: not for a stranger, but for the deployer`, async () => {
            const tried = attempts(pod)[what];
            assert.ok(tried);
            const [stranger, deployer] = await Promise.all([
                ask(tried.request, STRANGER),
                ask(tried.request),
            ]);
            assert.ok(
                isLetThrough(deployer.status, deployer.message),
                `the deployer is refused: ${deployer.status} ${String(deployer.message)}`,
            );
            assert.equal(stranger.status, 403, String(stranger.message));
            const [, sentence = ""] = (stranger.message ?? "").split(" denied request: ");
            assert.equal(
                sentence,
                `${tried.refused} the deployers of stack local (user a4co-admin, ServiceAccount istio-system/mesh-verify); ask one of them, or in an emergency use group a4co:mesh-break-glass`,
            );
        });
    }

    for (const [what, request] of Object.entries(HARMLESS)) {
        it(`${what}: for a stranger as well`, async () => {
            const { status, message } = await ask(request, STRANGER);
            assert.ok(status < 300, `${status} ${String(message)}`);
        });
    }

    it("lets the break-glass group through, and tells its member that this is recorded", async () => {
        const policy = creation("security.istio.io/v1", "AuthorizationPolicy", namespace, {});
        const { status, message, warnings } = await ask(policy, EMERGENCY);
        assert.equal(status, 201, message);
        assert.match(
            warnings,
            /AuthorizationPolicy guard-trial in a4co was let through by break-glass group a4co:mesh-break-glass of stack local, which is recorded/,
        );
    });

    it("is in nobody's way: a rollout, a pod that comes back, endpoints that follow, and the end of it all", async () => {
        const config = kubeConfig();
        const apps = config.makeApiClient(AppsV1Api);
        const core = config.makeApiClient(CoreV1Api);
        const discovery = config.makeApiClient(DiscoveryV1Api);
        const labelSelector = `app=${TRIAL}`;
        const where = { namespace, name: TRIAL };
        /** The one pod that is ready, when it is the one that its Service leads to. */
        const serving = async (not: readonly string[]): Promise<string> => {
            const [pods, slices] = await Promise.all([
                core.listNamespacedPod({ namespace, labelSelector }),
                discovery.listNamespacedEndpointSlice({
                    namespace,
                    labelSelector: `kubernetes.io/service-name=${TRIAL}`,
                }),
            ]);
            const ready = slices.items
                .flatMap(({ endpoints }) => endpoints)
                .filter(({ conditions }) => conditions?.ready === true)
                .flatMap(({ addresses }) => addresses);
            const [found, ...others] = pods.items.filter(
                ({ metadata, status }) =>
                    metadata?.deletionTimestamp === undefined && status?.phase === "Running",
            );
            assert.deepEqual(ready, [found?.status?.podIP], "its endpoints");
            assert.equal(others.length, 0, "other pods are there");
            const name = found?.metadata?.name ?? "";
            assert.ok(!not.includes(name), `${name} is still there`);
            return name;
        };
        try {
            await core.createNamespacedService({
                namespace,
                body: {
                    metadata: { name: TRIAL },
                    spec: { selector: { app: TRIAL }, ports: [{ name: "http", port: 80 }] },
                },
            });
            await apps.createNamespacedDeployment({ namespace, body: idleDeployment() });
            const first = await eventually("a pod serves", 60, () => serving([]));
            await apps.patchNamespacedDeployment({
                ...where,
                body: [
                    { op: "add", path: "/spec/template/metadata/annotations", value: { a: "b" } },
                ],
            });
            const second = await eventually("another one does", 60, () => serving([first]));
            await core.deleteNamespacedPod({ namespace, name: second, gracePeriodSeconds: 0 });
            await eventually("and another one", 60, () => serving([first, second]));
        } finally {
            await orAbsent(apps.deleteNamespacedDeployment(where));
            await orAbsent(core.deleteNamespacedService(where));
        }
        await eventually("nothing is left of it", 30, async () => {
            const [sets, pods] = await Promise.all([
                apps.listNamespacedReplicaSet({ namespace, labelSelector }),
                core.listNamespacedPod({ namespace, labelSelector }),
            ]);
            assert.equal(sets.items.length + pods.items.length, 0);
        });
    });
});

/** A Deployment that does nothing, under a workload's ServiceAccount. */
function idleDeployment(): V1Deployment {
    const spec: V1PodSpec = {
        serviceAccountName: VICTIM,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsNonRoot: true, runAsUser: DEFAULT_USER },
        containers: [
            {
                name: "app",
                image: IMAGES.probe,
                imagePullPolicy: "IfNotPresent",
                command: ["node", "-e", "setInterval(() => {}, 2 ** 30)"],
            },
        ],
    };
    return {
        metadata: { name: TRIAL, labels: { app: TRIAL } },
        spec: {
            selector: { matchLabels: { app: TRIAL } },
            template: { metadata: { labels: { app: TRIAL } }, spec },
        },
    };
}
