import assert from "node:assert/strict";
import { compareObjects } from "#review/objects.ts";
import { subjectOf } from "./subject.ts";

function said(before: string, after: string): string[] {
    return compareObjects(subjectOf(before), subjectOf(after)).map(({ text, weaker }) =>
        weaker === undefined ? text : `${text}, weaker: ${weaker}`,
    );
}

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: payment, namespace: shop }
spec:
    replicas: 2
    template:
        metadata: { labels: { app: payment } }
        spec:
            automountServiceAccountToken: false
            containers:
                - name: app
                  image: payment:1
                  securityContext:
                      runAsNonRoot: true
                      readOnlyRootFilesystem: true
                      allowPrivilegeEscalation: false
                      capabilities: { drop: [ALL] }
`;

const BINDING = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: guard }
spec: { policyName: guard, validationActions: [Deny, Audit] }
`;

const ROLE = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: shop }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get, list] }]
`;

describe("the differences of objects", () => {
    it("are none where only the order, the version or the file differs", () => {
        assert.deepEqual(said(DEPLOYMENT + "---" + ROLE, ROLE + "---" + DEPLOYMENT), []);
        assert.deepEqual(
            said(
                "{ apiVersion: networking.istio.io/v1beta1, kind: Sidecar, metadata: { name: a } }",
                "{ kind: Sidecar, metadata: { name: a }, apiVersion: networking.istio.io/v1beta1 }",
            ),
            [],
        );
    });

    it("name what came, what went, and the fields of what changed", () => {
        assert.deepEqual(said(DEPLOYMENT, ROLE), [
            "Deployment shop/payment is gone",
            "Role shop/reader is new",
        ]);
        assert.deepEqual(
            said(
                DEPLOYMENT,
                DEPLOYMENT.replace("replicas: 2", "replicas: 1").replace("payment:1", "payment:2"),
            ),
            [
                "Deployment shop/payment: spec.replicas is 1, was 2; spec.template.spec.containers.app.image is payment:2, was payment:1",
            ],
        );
    });

    it("shorten long texts and many fields", () => {
        const map = (data: string): string =>
            `{ apiVersion: v1, kind: ConfigMap, metadata: { name: board }, data: { ${data} } }`;
        assert.deepEqual(
            said(map("a: x, b: x, c: x, d: x, e: x, f: x"), map(`a: ${"y".repeat(100)}`)),
            [
                "ConfigMap board: data.a is another text; data.b is gone, was x; data.c is gone, was x; data.d is gone, was x; and 2 more fields",
            ],
        );
    });
});

/** What makes an object weaker, each with a change that does not. */
const WEAKER: readonly {
    readonly what: string;
    readonly before: string;
    readonly after: string;
    readonly reason: RegExp;
    /** Changed as well, and no weaker. */
    readonly nearMiss: string;
}[] = [
    {
        what: "a pod that may write to its root",
        before: DEPLOYMENT,
        after: DEPLOYMENT.replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        reason: /its pods may have a writable root in app now$/,
        nearMiss: DEPLOYMENT.replace("payment:1", "payment:2"),
    },
    {
        what: "a pod that may be root",
        before: DEPLOYMENT,
        after: DEPLOYMENT.replace("runAsNonRoot: true", "runAsUser: 0"),
        reason: /its pods may have the user root in app now$/,
        nearMiss: DEPLOYMENT.replace(
            "runAsNonRoot: true",
            "runAsNonRoot: true, runAsUser: 10001",
        ).replace(
            "runAsNonRoot: true, runAsUser",
            "runAsNonRoot: true\n                      runAsUser",
        ),
    },
    {
        what: "a second container that may do more than the first",
        before: DEPLOYMENT,
        after: `${DEPLOYMENT}                - { name: helper, image: helper:1, securityContext: { privileged: true } }\n`,
        reason: /every privilege in helper/,
        nearMiss: `${DEPLOYMENT}                - name: helper
                  image: helper:1
                  securityContext:
                      runAsNonRoot: true
                      readOnlyRootFilesystem: true
                      allowPrivilegeEscalation: false
                      capabilities: { drop: [ALL] }
`,
    },
    {
        what: "a pod in the host's network",
        before: DEPLOYMENT,
        after: DEPLOYMENT.replace(
            "automountServiceAccountToken: false",
            "automountServiceAccountToken: false\n            hostNetwork: true",
        ),
        reason: /hostNetwork now$/,
        nearMiss: DEPLOYMENT.replace(
            "automountServiceAccountToken: false",
            "automountServiceAccountToken: false\n            hostNetwork: false",
        ),
    },
    {
        what: "a guard that only audits",
        before: BINDING,
        after: BINDING.replace("[Deny, Audit]", "[Audit]"),
        reason: /no longer refuses, it only notes$/,
        nearMiss: BINDING.replace("[Deny, Audit]", "[Deny]"),
    },
    {
        what: "a guard that is gone",
        before: BINDING + "---" + ROLE,
        after: ROLE,
        reason: /its policy refuses nothing any more$/,
        nearMiss: BINDING,
    },
    {
        what: "a role that grants more",
        before: ROLE,
        after: ROLE.replace("[get, list]", "[get, list, delete]"),
        reason: /it grants more$/,
        nearMiss: ROLE.replace("[get, list]", "[get]"),
    },
    {
        what: "a namespace that asks less of its pods",
        before: `{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: restricted } } }`,
        after: `{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: baseline } } }`,
        reason: /less is asked of the pods in it$/,
        nearMiss: `{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { team: shop, pod-security.kubernetes.io/enforce: restricted } } }`,
    },
    {
        what: "an EnvoyFilter",
        before: ROLE,
        after: `${ROLE}---\n{ apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: { name: a, namespace: shop }, spec: {} }`,
        reason: /it changes proxies past every other rule$/,
        nearMiss: `${ROLE}---\n{ apiVersion: v1, kind: ServiceAccount, metadata: { name: a, namespace: shop } }`,
    },
];

/** One more object, by its kind and what it says. */
function object(apiVersion: string, kind: string, name: string, rest: string): string {
    return `
apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
${rest}
`;
}

function and(...documents: readonly string[]): string {
    return documents.join("---\n");
}

const RBAC = "rbac.authorization.k8s.io/v1";
const BINDS_ORDER = object(
    RBAC,
    "RoleBinding",
    "order",
    "roleRef: { kind: Role, name: reader }\nsubjects: [{ kind: ServiceAccount, name: order }]",
);
const ACCOUNT = object("v1", "ServiceAccount", "order", "");
const ARRIVALS = object(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "payment",
    "spec: { podSelector: { matchLabels: { app: payment } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: order } } }, { podSelector: { matchLabels: { app: web } } }] }] }",
);
const BY_EXPRESSION = ARRIVALS.replace(
    "matchLabels: { app: payment }",
    "matchExpressions: [{ key: app, operator: In, values: [payment, refund] }]",
);
const BUDGET = object(
    "policy/v1",
    "PodDisruptionBudget",
    "payment",
    "spec: { minAvailable: 1, selector: { matchLabels: { app: payment } } }",
);
const GUARD = object(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy",
    "guard",
    "spec: { validations: [{ expression: a }] }",
);
const WEBHOOK = object(
    "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration",
    "hook",
    "webhooks: [{ name: a, failurePolicy: Fail, rules: [{ operations: [CREATE] }] }]",
);
const FILTER = object(
    "networking.istio.io/v1alpha3",
    "EnvoyFilter",
    "limit",
    "spec: { configPatches: [{ applyTo: HTTP_FILTER, patch: { operation: INSERT_BEFORE } }] }",
);
const GRANT = object(
    "gateway.networking.k8s.io/v1",
    "ReferenceGrant",
    "grant",
    "spec: { from: [{ kind: HTTPRoute, namespace: depot }], to: [{ kind: Service, name: web }] }",
);
const BACKEND = object(
    "gateway.networking.k8s.io/v1",
    "BackendTLSPolicy",
    "web",
    "spec: { targetRefs: [{ kind: Service, name: web }], validation: { hostname: web } }",
);

function sidecar(listener: string): string {
    return object(
        "networking.istio.io/v1",
        "Sidecar",
        "payment",
        `spec: { ingress: [{ port: { number: 8080, protocol: HTTP }, defaultEndpoint: "127.0.0.1:8080", ${listener} }] }`,
    );
}

function proxyConfig(said: string): string {
    return object("networking.istio.io/v1beta1", "ProxyConfig", "all", `spec: { ${said} }`);
}

function kyverno(action: string): string {
    return object(
        "kyverno.io/v1",
        "ClusterPolicy",
        "guard",
        `spec: { validationFailureAction: ${action} }`,
    );
}

/** As above, of the kinds by which somebody gets more, or a guard is gone. */
const LOOSER: typeof WEAKER = [
    {
        what: "a role that is given to somebody who was there",
        before: and(ACCOUNT, ROLE, BINDS_ORDER),
        after: and(
            ACCOUNT,
            ROLE,
            BINDS_ORDER,
            object(
                RBAC,
                "ClusterRoleBinding",
                "admins",
                "roleRef: { kind: ClusterRole, name: cluster-admin }\nsubjects: [{ kind: ServiceAccount, name: order }]",
            ),
        ),
        reason: /ServiceAccount order may do what ClusterRole cluster-admin grants, and could not before$/,
        nearMiss: and(ACCOUNT, ROLE, BINDS_ORDER.replace("name: order,", "name: renamed,")),
    },
    {
        what: "a role of which a star stood for less",
        before: ROLE.replace("[get, list]", '["*"]'),
        after: ROLE.replace("[get, list]", '["*"]').replace("[pods]", "[pods, secrets]"),
        reason: /it grants more$/,
        nearMiss: ROLE.replace("resources: [pods]", "resources: [pods], resourceNames: [one]"),
    },
    {
        what: "packets of more pods",
        before: and(DEPLOYMENT, ARRIVALS),
        after: and(DEPLOYMENT, ARRIVALS.replace("{ app: web }", "{}")),
        reason: /more may connect to payment than before$/,
        nearMiss: and(DEPLOYMENT, ARRIVALS.replace("{ app: web }", "{ app: web, tier: one }")),
    },
    {
        what: "packets that another policy lets in",
        before: and(DEPLOYMENT, ARRIVALS),
        after: and(
            DEPLOYMENT,
            ARRIVALS,
            object(
                "networking.k8s.io/v1",
                "NetworkPolicy",
                "all",
                "spec: { podSelector: {}, ingress: [{}] }",
            ),
        ),
        reason: /NetworkPolicy shop\/all is new, weaker: more may connect to payment than before$/,
        nearMiss: and(DEPLOYMENT, ARRIVALS.replace("name: payment,", "name: renamed,")),
    },
    {
        what: "labels that a policy for packets does not select",
        before: and(DEPLOYMENT, ARRIVALS),
        after: and(DEPLOYMENT.replace("app: payment }", "app: other }"), ARRIVALS),
        reason: /no NetworkPolicy limits who may connect to payment any more/,
        nearMiss: and(
            DEPLOYMENT.replace("labels: { app: payment }", "labels: { app: payment, a: b }"),
            ARRIVALS,
        ),
    },
    {
        what: "labels that an expression of a policy for packets does not select",
        before: and(DEPLOYMENT, BY_EXPRESSION),
        after: and(DEPLOYMENT.replace("app: payment }", "app: other }"), BY_EXPRESSION),
        reason: /no NetworkPolicy limits who may connect to payment any more/,
        nearMiss: and(
            DEPLOYMENT.replace("labels: { app: payment }", "labels: { app: refund }"),
            BY_EXPRESSION,
        ),
    },
    {
        what: "a budget that lets all pods go",
        before: and(DEPLOYMENT, BUDGET),
        after: and(DEPLOYMENT, BUDGET.replace("minAvailable: 1", "maxUnavailable: 100%")),
        reason: /all pods behind it may be evicted at once$/,
        nearMiss: and(DEPLOYMENT, BUDGET.replace("name: payment,", "name: renamed,")),
    },
    {
        what: "pods that are not asked whether they are ready",
        before: DEPLOYMENT.replace(
            "image: payment:1",
            "image: payment:1, readinessProbe: {}",
        ).replace(
            "image: payment:1, readinessProbe",
            "image: payment:1\n                  readinessProbe",
        ),
        after: DEPLOYMENT,
        reason: /before anybody knows that they answer$/,
        nearMiss: DEPLOYMENT.replace("payment:1", "payment:2").replace(
            "image: payment:2",
            "image: payment:2\n                  readinessProbe: { periodSeconds: 5 }",
        ),
    },
    {
        what: "an image from elsewhere",
        before: DEPLOYMENT.replace("payment:1", "bank.example/payment:1"),
        after: DEPLOYMENT.replace("payment:1", "other.example/payment:1"),
        reason: /the image of app comes from other\.example, where none of its images came from$/,
        nearMiss: DEPLOYMENT.replace("payment:1", "bank.example/billing:2"),
    },
    {
        what: "an image without its digest",
        before: DEPLOYMENT.replace("payment:1", "payment:1@sha256:a"),
        after: DEPLOYMENT,
        reason: /no longer told by its digest/,
        nearMiss: DEPLOYMENT.replace("payment:1", "payment:2@sha256:b"),
    },
    {
        what: "a proxy of its own",
        before: DEPLOYMENT,
        after: DEPLOYMENT.replace(
            "metadata: { labels:",
            'metadata: { annotations: { "sidecar.istio.io/proxyImage": other }, labels:',
        ),
        reason: /the proxy that guards its pods is one of its own now/,
        nearMiss: DEPLOYMENT.replace(
            "metadata: { labels:",
            'metadata: { annotations: { "sidecar.istio.io/logLevel": debug }, labels:',
        ),
    },
    {
        what: "every system call",
        before: DEPLOYMENT,
        after: DEPLOYMENT.replace(
            "runAsNonRoot: true",
            "runAsNonRoot: true\n                      seccompProfile: { type: Unconfined }",
        ),
        reason: /its pods may have every system call in app now$/,
        nearMiss: DEPLOYMENT.replace(
            "runAsNonRoot: true",
            "runAsNonRoot: true\n                      seccompProfile: { type: RuntimeDefault }",
        ),
    },
    {
        what: "a guard that asks for something else",
        before: GUARD,
        after: GUARD.replace("expression: a", "expression: b"),
        reason: /what it refuses is not the same, and cannot be compared here$/,
        nearMiss: GUARD.replace("{ expression: a }", "{ expression: b }, { expression: a }"),
    },
    {
        what: "a guard that leaves somebody out",
        before: GUARD,
        after: GUARD.replace(
            "validations",
            "matchConditions: [{ name: a, expression: b }], validations",
        ),
        reason: /what it refuses is not the same, and cannot be compared here$/,
        nearMiss: GUARD.replace("name: guard", "name: renamed"),
    },
    {
        what: "a guard that leaves out one more of a list",
        before: GUARD.replace("expression: a", `expression: 'a in ["one", "two"]'`),
        after: GUARD.replace("expression: a", `expression: 'a in ["two", "one", "three"]'`),
        reason: /what it refuses is not the same, and cannot be compared here$/,
        nearMiss: GUARD.replace("expression: a", `expression: 'a in ["two", "one"]'`),
    },
    {
        what: "a webhook that is asked less",
        before: WEBHOOK,
        after: WEBHOOK.replace("rules:", "namespaceSelector: { matchLabels: { a: b } }, rules:"),
        reason: /whom it asks, or about what, is not the same/,
        nearMiss: WEBHOOK.replace("rules:", "timeoutSeconds: 5, rules:"),
    },
    {
        what: "a policy of Kyverno that only notes",
        before: kyverno("Enforce"),
        after: kyverno("Audit"),
        reason: /it no longer refuses, it only notes$/,
        nearMiss: kyverno("enforce"),
    },
    {
        what: "a filter that is gone",
        before: and(ROLE, FILTER),
        after: ROLE,
        reason: /whatever it refused in proxies is let pass$/,
        nearMiss: and(ROLE, FILTER.replace("name: limit,", "name: limit, labels: { a: b },")),
    },
    {
        what: "an extension of another kind",
        before: ROLE,
        after: and(
            ROLE,
            object("extensions.istio.io/v1alpha1", "TrafficExtension", "a", "spec: {}"),
        ),
        reason: /code of its own handles requests in proxies$/,
        nearMiss: ROLE,
    },
    {
        what: "proxies with a shell",
        before: proxyConfig("concurrency: 1"),
        after: proxyConfig("image: { imageType: debug }"),
        reason: /its proxies bring a shell and tools along$/,
        nearMiss: proxyConfig("concurrency: 2"),
    },
    {
        what: "a port that leads to another one",
        before: sidecar(""),
        after: sidecar("").replace("127.0.0.1:8080", "127.0.0.1:9090"),
        reason: /its port 8080 leads to 127\.0\.0\.1:9090/,
        nearMiss: sidecar("bind: 0.0.0.0"),
    },
    {
        what: "a port with TLS of its own",
        before: sidecar(""),
        after: sidecar("tls: { mode: SIMPLE }"),
        reason: /its port 8080 takes TLS of its own/,
        nearMiss: sidecar("").replace("number: 8080", "name: http, number: 8080"),
    },
    {
        what: "a reference from another namespace",
        before: GRANT,
        after: GRANT.replace(", name: web }", " }"),
        reason: /each HTTPRoute of namespace depot may use every Service of namespace shop$/,
        nearMiss: GRANT.replace("name: grant", "name: renamed"),
    },
    {
        what: "requests to a Service without TLS",
        before: and(ROLE, BACKEND),
        after: ROLE,
        reason: /requests to web are sent without TLS$/,
        nearMiss: and(ROLE, BACKEND.replace("metadata: { name: web", "metadata: { name: renamed")),
    },
];

describe("an object is weaker", () => {
    for (const { what, before, after, reason, nearMiss } of [...WEAKER, ...LOOSER]) {
        it(`by ${what}`, () => {
            assert.match(said(before, after).join("\n"), reason);
            assert.doesNotMatch(said(before, nearMiss).join("\n"), /, weaker: /);
        });
    }
});
