import { deepEqual, equal, match } from "node:assert/strict";
import type { Finding } from "#checks/closed/finding.ts";
import { outcomeOf } from "#checks/closed/finding.ts";
import type { Area } from "#checks/closed/inventory.ts";
import { AREAS } from "#checks/closed/inventory.ts";
import { judgeArea } from "#checks/closed/judge-objects.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { Deployed } from "./cluster.ts";
import { deployed, objectOf, podsWebhook, sceneWith } from "./cluster.ts";

const NETWORKING = "networking.istio.io/v1";
const SECURITY = "security.istio.io/v1";
const ADMISSION = "admissionregistration.k8s.io/v1";
const GATEWAY_API = "gateway.networking.k8s.io/v1";
const TERMS = { production: false, today: "2026-11-30" };
const ANSWER = { owner: "payments", reason: "a pilot", expires: "2026-12-31" };

/** Every finding on a mesh with objects beside its own. */
function found(
    mesh: Deployed,
    strangers: readonly LiveObject[],
    { objects = mesh.objects, production = false } = {},
): Finding[] {
    const scene = sceneWith(mesh, [...objects, ...strangers]);
    return AREAS.flatMap((area) => judgeArea(area, scene, { ...TERMS, production }).findings);
}

function textOf({ object, text }: Finding): string {
    return `${object.kind} ${object.metadata.name} ${text}`;
}

function accepting(object: LiveObject, answer: unknown): LiveObject {
    const annotations = {
        "mesh.a4co.dev/accepted": typeof answer === "string" ? answer : JSON.stringify(answer),
    };
    return { ...object, metadata: { ...object.metadata, annotations } };
}

const pod = objectOf(
    "v1:Pod",
    "a4co/payment-service-v1-abc",
    { spec: {}, status: { podIPs: [{ ip: "10.0.0.7" }] } },
    { labels: { app: "payment-service" } },
);

function slice(place: string, address: string, metadata: object = {}): LiveObject {
    return objectOf(
        "discovery.k8s.io/v1:EndpointSlice",
        place,
        { addressType: "IPv4", endpoints: [{ addresses: [address] }] },
        { labels: { "kubernetes.io/service-name": "other" }, ...metadata },
    );
}

const CONTROLLED = {
    "kubernetes.io/service-name": "payment-service",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
};

const STRANGERS: readonly (readonly [LiveObject, RegExp])[] = [
    [
        objectOf(`${NETWORKING}:VirtualService`, "a4co/other", {
            spec: {
                hosts: ["other.a4co.local"],
                gateways: ["a4co-gateway"],
                http: [{ route: [{ destination: { host: "payment-service" } }] }],
            },
        }),
        /leads other\.a4co\.local at the gateway \(a4co-gateway\) to payment-service; nobody declared it/,
    ],
    [
        objectOf(`${NETWORKING}:VirtualService`, "elsewhere/door", {
            spec: { hosts: ["x.example"], gateways: ["a4co/a4co-gateway"] },
        }),
        /leads x\.example at the gateway/,
    ],
    [
        objectOf(`${NETWORKING}:VirtualService`, "elsewhere/wild", {
            spec: { hosts: ["*.a4co.svc.cluster.local"] },
        }),
        /in the mesh to nobody/,
    ],
    [
        objectOf(`${SECURITY}:AuthorizationPolicy`, "a4co/by-namespace", {
            spec: {
                selector: { matchLabels: { app: "inventory-service" } },
                rules: [{ from: [{ source: { namespaces: ["default"] } }] }],
            },
        }),
        /lets namespaces default call inventory-service for anything/,
    ],
    [
        objectOf(`${SECURITY}:AuthorizationPolicy`, "a4co/by-header", {
            spec: {
                selector: { matchLabels: { app: "payment-service" } },
                rules: [
                    {
                        to: [{ operation: { methods: ["GET"] } }],
                        when: [{ key: "request.headers[x-debug]", values: ["1"] }],
                    },
                ],
            },
        }),
        /lets everybody with request\.headers\[x-debug\] call payment-service for GET/,
    ],
    [
        objectOf(`${SECURITY}:PeerAuthentication`, "istio-system/open", {
            spec: { mtls: { mode: "PERMISSIVE" } },
        }),
        /sets mutual TLS of every workload of the mesh to PERMISSIVE/,
    ],
    [
        objectOf(`${NETWORKING}:ServiceEntry`, "a4co/outside", {
            spec: { hosts: ["outside.example"] },
        }),
        /makes outside\.example known to proxies, so that data can leave there/,
    ],
    [
        objectOf(`${NETWORKING}:Gateway`, "elsewhere/second", {
            spec: {
                selector: { istio: "ingressgateway" },
                servers: [
                    {
                        port: { number: 443, protocol: "TLS" },
                        hosts: ["*"],
                        tls: { mode: "PASSTHROUGH" },
                    },
                ],
            },
        }),
        /opens port 443 \(TLS, PASSTHROUGH\) for \* at the gateway/,
    ],
    [
        objectOf(`${NETWORKING}:DestinationRule`, "elsewhere/rule", {
            spec: {
                host: "payment-service.a4co.svc.cluster.local",
                trafficPolicy: { tls: { mode: "DISABLE" } },
            },
        }),
        /says how payment-service\.a4co\.svc\.cluster\.local is called \(TLS DISABLE\)/,
    ],
    [
        objectOf("networking.istio.io/v1alpha3:EnvoyFilter", "istio-system/patch", { spec: {} }),
        /patches the proxies of every workload of the mesh/,
    ],
    [
        objectOf(`${NETWORKING}:Sidecar`, "a4co/wide", { spec: {} }),
        /says whom the proxies of every workload of namespace a4co know/,
    ],
    [
        objectOf("telemetry.istio.io/v1:Telemetry", "a4co/quiet", { spec: {} }),
        /says what the proxies .* tell/,
    ],
    [
        objectOf("extensions.istio.io/v1alpha1:WasmPlugin", "a4co/plugin", {
            spec: { url: "oci://x" },
        }),
        /loads oci:\/\/x into/,
    ],
    [
        objectOf("extensions.istio.io/v1alpha1:TrafficExtension", "a4co/extension", { spec: {} }),
        /holds for every workload of namespace a4co/,
    ],
    [
        objectOf(`${GATEWAY_API}:HTTPRoute`, "a4co/route", {
            spec: { rules: [{ backendRefs: [{ name: "payment-service" }] }] },
        }),
        /leads requests to payment-service/,
    ],
    [
        objectOf(`${GATEWAY_API}:HTTPRoute`, "elsewhere/route", {
            spec: { parentRefs: [{ name: "payment-service", namespace: "a4co" }] },
        }),
        /holds in namespace elsewhere/,
    ],
    [
        objectOf(`${GATEWAY_API}:Gateway`, "elsewhere/borrowed", {
            spec: {
                addresses: [{ value: "istio-ingressgateway.istio-system.svc.cluster.local" }],
            },
        }),
        /opens ports of a gateway/,
    ],
    [
        objectOf("gateway.networking.k8s.io/v1beta1:ReferenceGrant", "a4co/grant", { spec: {} }),
        /holds in namespace a4co/,
    ],
    [
        objectOf(
            "networking.k8s.io/v1:Ingress",
            "elsewhere/ingress",
            { spec: { rules: [{ host: "in.example" }] } },
            { annotations: { "kubernetes.io/ingress.class": "istio" } },
        ),
        /leads in\.example at the gateway/,
    ],
    [
        objectOf("v1:Service", "a4co/second-way", {
            spec: { selector: { app: "payment-service" }, ports: [{ port: 9999 }] },
        }),
        /leads to the pods of payment-service at port 9999/,
    ],
    [
        slice("elsewhere/by-hand", "10.0.0.7"),
        /leads to payment-service-v1-abc under the name of Service elsewhere\/other/,
    ],
    [
        // The controller's label alone makes nobody the controller.
        slice("elsewhere/look-alike", "10.0.0.7", { labels: CONTROLLED }),
        /leads to payment-service-v1-abc/,
    ],
    [
        slice("a4co/more", "192.0.2.9", { labels: CONTROLLED }),
        /adds 192\.0\.2\.9 to those whom Service a4co\/payment-service leads to/,
    ],
    [
        objectOf("networking.k8s.io/v1:NetworkPolicy", "a4co/policy", { spec: {} }),
        /says which connections pods of namespace a4co may have/,
    ],
    [
        objectOf(`${ADMISSION}:MutatingWebhookConfiguration`, "changes", {
            webhooks: [podsWebhook("changes.example")],
        }),
        /can change pods of the mesh as they are made \(changes\.example\)/,
    ],
    [
        objectOf(`${ADMISSION}:MutatingAdmissionPolicy`, "changes", {
            spec: { matchConstraints: { resourceRules: podsWebhook("")["rules"] } },
        }),
        /changes pods of the mesh/,
    ],
];

const HARMLESS: Readonly<Record<string, LiveObject>> = {
    "cert-manager's webhook": objectOf(
        `${ADMISSION}:MutatingWebhookConfiguration`,
        "cert-manager",
        {
            webhooks: [
                {
                    name: "webhook.cert-manager.io",
                    rules: [
                        {
                            apiGroups: ["cert-manager.io"],
                            operations: ["CREATE"],
                            resources: ["*"],
                        },
                    ],
                },
            ],
        },
    ),
    "a webhook for pods of another namespace": objectOf(
        `${ADMISSION}:MutatingWebhookConfiguration`,
        "elsewhere",
        {
            webhooks: [
                {
                    ...podsWebhook("elsewhere.example"),
                    namespaceSelector: {
                        matchExpressions: [
                            { key: "name", operator: "NotIn", values: ["a4co", "istio-system"] },
                        ],
                    },
                },
            ],
        },
    ),
    "a webhook for other pods": objectOf(`${ADMISSION}:ValidatingWebhookConfiguration`, "others", {
        webhooks: [
            { ...podsWebhook("others.example"), objectSelector: { matchLabels: { spark: "yes" } } },
        ],
    }),
    "a webhook that is asked before a pod is evicted": objectOf(
        `${ADMISSION}:ValidatingWebhookConfiguration`,
        "evictions",
        {
            webhooks: [
                {
                    name: "evictions.example",
                    rules: [
                        { apiGroups: [""], operations: ["CREATE"], resources: ["pods/eviction"] },
                    ],
                },
            ],
        },
    ),
    "somebody else's route": objectOf(`${NETWORKING}:VirtualService`, "elsewhere/own", {
        spec: { hosts: ["web.elsewhere.svc.cluster.local"] },
    }),
    "a route that stays in its namespace": objectOf(
        `${NETWORKING}:VirtualService`,
        "elsewhere/kept",
        {
            spec: { hosts: ["payment-service.a4co.svc.cluster.local"], exportTo: ["."] },
        },
    ),
    "a policy elsewhere": objectOf(`${SECURITY}:AuthorizationPolicy`, "elsewhere/own", {
        spec: {},
    }),
    "another gateway's Gateway": objectOf(`${NETWORKING}:Gateway`, "elsewhere/own", {
        spec: { selector: { istio: "another" } },
    }),
    "a GatewayClass that istiod makes": objectOf(`${GATEWAY_API}:GatewayClass`, "istio", {
        spec: { controllerName: "istio.io/gateway-controller" },
    }),
    "somebody else's HTTPRoute": objectOf(`${GATEWAY_API}:HTTPRoute`, "elsewhere/own", {
        spec: { parentRefs: [{ name: "own" }], rules: [{ backendRefs: [{ name: "web" }] }] },
    }),
    "another controller's Ingress": objectOf("networking.k8s.io/v1:Ingress", "elsewhere/own", {
        spec: { ingressClassName: "nginx" },
    }),
    "a Service of other pods": objectOf("v1:Service", "a4co/prometheus", {
        spec: { selector: { app: "prometheus" }, ports: [{ port: 9090 }] },
    }),
    "the API server's own endpoints": slice("default/kubernetes", "192.168.0.1"),
    "another namespace": objectOf(
        "v1:Namespace",
        "elsewhere",
        {},
        { labels: { "istio-injection": "enabled" } },
    ),
};

describe("the objects of a closed mesh", () => {
    const meshes = new Map<string, Deployed>();
    let local: Deployed;
    let prod: Deployed;

    before(async function () {
        this.timeout(120_000);
        for (const stack of ["local", "dev", "prod"]) {
            meshes.set(stack, await deployed(stack));
        }
        [local, prod] = ["local", "prod"].map((stack) => meshes.get(stack)) as [Deployed, Deployed];
    });

    for (const stack of ["local", "dev", "prod"]) {
        it(`are all its own in stack ${stack}, just deployed`, () => {
            deepEqual(found(meshes.get(stack) as Deployed, [pod]).map(textOf), []);
        });
    }

    for (const [stranger, text] of STRANGERS) {
        const { kind, metadata } = stranger;
        it(`have no ${kind} ${metadata.namespace ?? "cluster"}/${metadata.name} among them`, () => {
            const findings = found(local, [pod, stranger]);
            const [finding, ...others] = findings;
            deepEqual(others.map(textOf), []);
            equal(finding?.object.metadata.name, metadata.name);
            match(finding.text, text);
        });
    }

    for (const [what, object] of Object.entries(HARMLESS)) {
        it(`may have ${what} beside them`, () => {
            deepEqual(found(local, [pod, object]).map(textOf), []);
        });
    }

    it("know hosts elsewhere only where a proxy is not told whom to know", () => {
        const entry = objectOf(`${NETWORKING}:ServiceEntry`, "elsewhere/outside", {
            spec: { hosts: ["outside.example"] },
        });
        deepEqual(found(local, [entry]), []);
        deepEqual(found(prod, [entry]), []);
        const isScope = ({ kind, metadata }: Pick<LiveObject, "kind" | "metadata">): boolean =>
            kind === "Sidecar" && metadata.name === "payment-service";
        const unscoped: Deployed = {
            ...local,
            program: local.program.filter((object) => !isScope(object)),
            objects: local.objects.filter((object) => !isScope(object)),
        };
        equal(found(unscoped, [entry]).length, 1);
    });

    describe("that are its own", () => {
        function changed(
            mesh: Deployed,
            kind: string,
            name: string,
            change: (object: LiveObject) => Partial<LiveObject>,
        ): string[] {
            const objects = mesh.objects.map((object) =>
                object.kind === kind && object.metadata.name === name
                    ? { ...object, ...change(object) }
                    : object,
            );
            return found(mesh, [], { objects }).map(textOf);
        }
        const withSpec =
            (fields: object) =>
            ({ spec }: LiveObject): Partial<LiveObject> => ({
                spec: { ...(spec as object), ...fields },
            });

        it("have no rule beside the declared ones", () => {
            const change = withSpec({ rules: [{}] });
            deepEqual(changed(local, "AuthorizationPolicy", "deny-all", change), [
                "AuthorizationPolicy deny-all is not as it was declared: spec.rules",
            ]);
        });

        it("lead nowhere else from nowhere else", () => {
            for (const fields of [
                { externalIPs: ["203.0.113.9"] },
                { type: "NodePort" },
                { selector: { app: "payment-service", version: "v0" } },
                { ports: [{ port: 3006, targetPort: "debug", name: "http", appProtocol: "http" }] },
            ]) {
                match(
                    changed(local, "Service", "payment-service", withSpec(fields)).join(),
                    /^Service payment-service is not as it was declared: spec/,
                );
            }
        });

        it("may have what the API server and istiod write", () => {
            const filled = withSpec({
                clusterIP: "10.1.1.1",
                type: "ClusterIP",
                sessionAffinity: "None",
                internalTrafficPolicy: "Cluster",
            });
            deepEqual(changed(local, "Service", "payment-service", filled), []);
            const webhook = "istio-sidecar-injector";
            deepEqual(
                changed(local, "MutatingWebhookConfiguration", webhook, ({ webhooks }) => ({
                    webhooks: (webhooks as Readonly<Record<string, unknown>>[]).map((each) => ({
                        ...each,
                        failurePolicy: "Ignore",
                        clientConfig: { ...(each["clientConfig"] as object), caBundle: "abc" },
                        namespaceSelector: {},
                        matchPolicy: "Equivalent",
                    })),
                })),
                [],
            );
        });

        it("tell Istio nothing else by a namespace's labels", () => {
            const change = ({ metadata }: LiveObject): Partial<LiveObject> => ({
                metadata: {
                    ...metadata,
                    labels: { ...metadata.labels, "istio.io/dataplane-mode": "ambient", team: "x" },
                },
            });
            deepEqual(changed(local, "Namespace", "a4co", change), [
                "Namespace a4co is not as it was declared: metadata.labels.istio.io/dataplane-mode",
            ]);
        });

        it("tell istiod nothing else, whatever the object's labels say", () => {
            const change = ({ metadata }: LiveObject): Partial<LiveObject> => ({
                metadata: { ...metadata, labels: {} },
                data: { mesh: "outboundTrafficPolicy: {}\nrootNamespace: x" },
            });
            deepEqual(changed(local, "ConfigMap", "istio", change), [
                "ConfigMap istio is not as it was declared: data.mesh",
            ]);
        });

        it("are all there", () => {
            const objects = local.objects.filter(({ metadata }) => metadata.name !== "deny-all");
            deepEqual(found(local, [], { objects }).map(textOf), [
                "AuthorizationPolicy deny-all is declared and not there",
            ]);
        });
    });

    describe("that somebody answers for", () => {
        const policy = objectOf(`${SECURITY}:AuthorizationPolicy`, "a4co/more", {
            spec: { action: "DENY", rules: [{}] },
        });
        const allow = { ...policy, spec: { action: "ALLOW", rules: [{}] } };

        function statusOf(object: LiveObject, production = false): string {
            const mesh = production ? prod : local;
            const findings = found(mesh, [object], { production });
            const outcome = outcomeOf("only what is declared", { findings, unread: [], seen: "8" });
            return outcome.status === "failed"
                ? outcome.seen
                : outcome.status === "accepted"
                  ? outcome.accepted.join()
                  : outcome.status;
        }

        it("are accepted up to their last day", () => {
            match(
                statusOf(accepting(policy, ANSWER)),
                /: accepted until 2026-12-31 by payments: a pilot$/,
            );
            const today = { ...ANSWER, expires: TERMS.today };
            match(statusOf(accepting(policy, [today])), /: accepted until 2026-11-30/);
            match(
                statusOf(accepting(policy, { ...ANSWER, expires: "2026-11-29" })),
                /expired on 2026-11-29\)$/,
            );
        });

        it("need an owner, a reason and a day", () => {
            for (const answer of [
                "yes",
                {},
                { ...ANSWER, owner: " " },
                { owner: "x", reason: "y" },
                { ...ANSWER, expires: "soon" },
                [ANSWER, ANSWER],
            ]) {
                match(statusOf(accepting(policy, answer)), /is not \{"owner"|is no day/);
            }
        });

        it("stay red in production where they open something", () => {
            match(statusOf(accepting(allow, ANSWER)), /: accepted until/);
            match(statusOf(accepting(policy, ANSWER), true), /: accepted until/);
            match(
                statusOf(accepting(allow, ANSWER), true),
                /\(nobody can accept in production what opens authorization\)$/,
            );
        });
    });

    it("are not said to be closed where they may not be read", () => {
        const scene = sceneWith(local, local.objects, {
            networking: "EnvoyFilter may not be listed",
        });
        const judged = judgeArea("networking" satisfies Area, scene, TERMS);
        deepEqual(outcomeOf("x", judged), {
            status: "skipped",
            reason: "EnvoyFilter may not be listed; permit it, and it is judged.",
        });
    });
});
