import assert from "node:assert/strict";
import { compareTransport } from "#review/transport.ts";
import { NAMESPACE, STRICT, workload } from "./access/shop.ts";
import { subjectOf } from "./subject.ts";

function told(before: readonly string[], after: readonly string[]): Record<string, string> {
    return Object.fromEntries(
        compareTransport(subjectOf(...before), subjectOf(...after)).map(({ text, weaker }) => [
            text,
            weaker ?? "not weaker",
        ]),
    );
}

const BASE = [NAMESPACE, STRICT, workload("payment")];

function authentication(name: string, spec: string, namespace = "shop"): string {
    return `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}
`;
}

function rule(policy: string, namespace = "shop"): string {
    return `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: payment, namespace: ${namespace} }
spec: { host: payment.shop.svc.cluster.local, ${policy} }
`;
}

function annotated(annotations: string): readonly string[] {
    return BASE.map((yaml) =>
        yaml.replace(
            "labels: { app: payment } }",
            `labels: { app: payment }, annotations: { ${annotations} } }`,
        ),
    );
}

const FOR_PAYMENT = "selector: { matchLabels: { app: payment } }";
const ANYBODY = "whoever reaches its pods may call without an identity";
const READ = "whoever is on the way can read and change them, and they show no identity";
const UNSEEN = "no mutual TLS, no policy and no telemetry covers what no proxy sees";
const ISTIOD = `
apiVersion: helm.sh/v3
kind: Release
name: istiod
namespace: istio-system
chart: oci://example.org/istio/charts/istiod
values: { meshConfig: { enableAutoMtls: true } }
`;

interface Case {
    readonly before?: readonly string[];
    readonly after: readonly string[];
    readonly says: Readonly<Record<string, string>>;
}

const CASES: Readonly<Record<string, Case>> = {
    "the policy of the namespace is removed": {
        after: [NAMESPACE, workload("payment")],
        says: { "payment accepts plaintext on every port now, was STRICT": ANYBODY },
    },
    "the policy of the namespace is PERMISSIVE": {
        after: [NAMESPACE, STRICT.replace("mode: STRICT", "mode: PERMISSIVE"), workload("payment")],
        says: { "payment accepts plaintext on every port now, was STRICT": ANYBODY },
    },
    "a workload disables it": {
        after: [...BASE, authentication("payment", `{ ${FOR_PAYMENT}, mtls: { mode: DISABLE } }`)],
        says: {
            "payment accepts nothing but plaintext on every port now, was STRICT":
                "mutual TLS is off there, so that no caller has an identity",
        },
    },
    "a port is PERMISSIVE": {
        after: [
            ...BASE,
            authentication(
                "payment",
                `{ ${FOR_PAYMENT}, portLevelMtls: { "8080": { mode: PERMISSIVE } } }`,
            ),
        ],
        says: { "payment accepts plaintext on port 8080 now, was STRICT": ANYBODY },
    },
    "a port stays STRICT and the others do not": {
        before: [
            ...BASE,
            authentication(
                "payment",
                `{ ${FOR_PAYMENT}, portLevelMtls: { "8080": { mode: STRICT } } }`,
            ),
        ],
        after: [
            NAMESPACE,
            workload("payment"),
            authentication(
                "payment",
                `{ ${FOR_PAYMENT}, portLevelMtls: { "8080": { mode: STRICT } } }`,
            ),
        ],
        says: {
            "payment accepts plaintext on every port but 8080 now, was STRICT": ANYBODY,
        },
    },
    "plaintext is no longer accepted": {
        before: [NAMESPACE, workload("payment")],
        after: BASE,
        says: {
            "payment accepts mutual TLS alone on every port now, was PERMISSIVE": "not weaker",
        },
    },
    "the policy of the mesh takes over": {
        after: [
            NAMESPACE,
            workload("payment"),
            authentication("default", "{ mtls: { mode: STRICT } }", "istio-system"),
        ],
        says: {},
    },
    "a policy in another namespace changes": {
        after: [...BASE, authentication("other", "{ mtls: { mode: DISABLE } }", "depot")],
        says: {},
    },
    "a policy without a mode inherits it": {
        after: [...BASE, authentication("payment", `{ ${FOR_PAYMENT} }`)],
        says: {},
    },
    "the pods leave the mesh": {
        after: [NAMESPACE.replace("enabled", "disabled"), STRICT, workload("payment")],
        says: {
            "payment is no longer in the mesh: its pods have no proxy":
                "it takes plaintext from anybody, and shows no identity where it calls",
        },
    },
    "a port goes past the proxy": {
        after: annotated('traffic.sidecar.istio.io/excludeInboundPorts: "8080"'),
        says: {
            "payment takes connections past its proxy on port 8080 now, was STRICT":
                "no identity is asked for there, and no policy holds",
        },
    },
    "calls to a port go out past the proxy": {
        after: annotated('traffic.sidecar.istio.io/excludeOutboundPorts: "5432"'),
        says: { "payment sends everything to port 5432 past its proxy now": UNSEEN },
    },
    "calls go out through the proxy again": {
        before: annotated('traffic.sidecar.istio.io/excludeOutboundPorts: "5432"'),
        after: BASE,
        says: { "payment sends everything to port 5432 through its proxy now": "not weaker" },
    },
    "a new workload accepts plaintext": {
        before: [NAMESPACE],
        after: [NAMESPACE, workload("payment")],
        says: { "payment, which is new, accepts plaintext on every port": "not weaker" },
    },
    "callers turn mutual TLS off": {
        after: [...BASE, rule("trafficPolicy: { tls: { mode: DISABLE } }")],
        says: { "calls to payment go in plaintext now, were mutual TLS": READ },
    },
    "callers of a port turn mutual TLS off": {
        after: [
            ...BASE,
            rule(
                "trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: DISABLE } }] }",
            ),
        ],
        says: { "calls to payment, port 80 go in plaintext now, were mutual TLS": READ },
    },
    "callers of a subset turn mutual TLS off": {
        after: [
            ...BASE,
            rule(
                "subsets: [{ name: v1, labels: { version: v1 }, trafficPolicy: { tls: { mode: DISABLE } } }]",
            ),
        ],
        says: { "calls to payment, subset v1 go in plaintext now, were mutual TLS": READ },
    },
    "one caller turns mutual TLS off": {
        before: [...BASE, workload("order"), workload("cart")],
        after: [
            ...BASE,
            workload("order"),
            workload("cart"),
            rule(
                "workloadSelector: { matchLabels: { app: order } }, trafficPolicy: { tls: { mode: DISABLE } }",
            ),
        ],
        says: { "calls from order to payment go in plaintext now, were mutual TLS": READ },
    },
    "a rule for one caller says what holds anyway": {
        before: [...BASE, workload("order")],
        after: [
            ...BASE,
            workload("order"),
            rule(
                "workloadSelector: { matchLabels: { app: order } }, trafficPolicy: { tls: { mode: ISTIO_MUTUAL } }",
            ),
        ],
        says: {},
    },
    "callers send TLS of their own": {
        after: [...BASE, rule("trafficPolicy: { tls: { mode: SIMPLE } }")],
        says: {
            "calls to payment use TLS that is not the mesh's now, were mutual TLS":
                "they show no identity of the mesh, and check none",
        },
    },
    "a DestinationRule says what holds anyway": {
        after: [...BASE, rule("trafficPolicy: { tls: { mode: ISTIO_MUTUAL } }")],
        says: {},
    },
    "a DestinationRule is nobody's who calls": {
        after: [...BASE, rule("exportTo: [.], trafficPolicy: { tls: { mode: DISABLE } }", "depot")],
        says: {},
    },
    "the mesh turns mutual TLS off where nobody says anything": {
        before: [...BASE, ISTIOD],
        after: [...BASE, ISTIOD.replace("true", "false")],
        says: { "calls to payment go in plaintext now, were mutual TLS": READ },
    },
};

describe("How connections are protected", () => {
    for (const [title, { before = BASE, after, says }] of Object.entries(CASES)) {
        it(`is told when ${title}`, () => {
            assert.deepStrictEqual(told(before, after), says);
        });
    }
});
