import { authorizationPolicyEnforceKnownPrincipals } from "#policy/rules/authorization-policy/enforce-known-principals.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import {
    account,
    allow,
    deployment,
    from,
    namespace,
    ORDER,
    policy,
} from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const order = [account("a4co/order"), deployment("a4co/order")];
const owned = [namespace(), ...order];
const chart = "oci://ghcr.io/istio/release/charts/gateway";
const gateway = (values: unknown = {}): Manifest[] => [
    namespace("istio-system", {}),
    release(chart, "istio-system/edge", values),
];
const naming = (...principals: readonly unknown[]): Manifest => allow(from({ principals }));
const inSystem = (name: string): Manifest => naming(`cluster.local/ns/istio-system/sa/${name}`);

const FIRST = "AuthorizationPolicy a4co/allow: spec.rules[0].from[0].source.principals[0]";
const NEAR_ORDER = `the nearest that a workload has is ${ORDER}`;
const UNKNOWN_YET = "cannot be judged at preview; the value is not known yet";

describeRule(authorizationPolicyEnforceKnownPrincipals, {
    compliant: {
        "the account of a workload": { objects: [...owned, naming(ORDER)] },
        "the gateway's account, named in the values": {
            objects: [...gateway({ serviceAccount: { name: "door" } }), inSystem("door")],
        },
        "the gateway's account, after the chart's name": {
            objects: [...gateway({ name: "gate" }), inSystem("gate")],
        },
        "the gateway's account, after the release": { objects: [...gateway(), inSystem("edge")] },
        "an account of another stack, told to the pack": {
            objects: [...owned, naming("cluster.local/ns/a4co/sa/batch")],
            settings: { externalPrincipals: ["cluster.local/ns/a4co/sa/batch"] },
        },
    },
    violating: {
        "a misspelt account": {
            objects: [...owned, naming("cluster.local/ns/a4co/sa/ordr")],
            violations: [
                `${FIRST}: cluster.local/ns/a4co/sa/ordr belongs to no ServiceAccount of the stack; ${NEAR_ORDER}`,
            ],
        },
        "the nearest of several": {
            objects: [
                ...owned,
                deployment("a4co/payment"),
                naming("cluster.local/ns/a4co/sa/paymnt"),
            ],
            violations: [
                `${FIRST}: cluster.local/ns/a4co/sa/paymnt belongs to no ServiceAccount of the stack; the nearest that a workload has is cluster.local/ns/a4co/sa/payment`,
            ],
        },
        "an account that no workload uses": {
            objects: [...owned, account("a4co/idle"), naming("cluster.local/ns/a4co/sa/idle")],
            violations: [
                `${FIRST}: cluster.local/ns/a4co/sa/idle belongs to a ServiceAccount that no workload uses; ${NEAR_ORDER}`,
            ],
        },
        "a workload's account that nobody makes": {
            objects: [namespace(), deployment("a4co/order"), naming(ORDER)],
            violations: [
                `${FIRST}: ${ORDER} belongs to no ServiceAccount of the stack; ${NEAR_ORDER}`,
            ],
        },
        "the account of a gateway that has another": {
            objects: [
                ...gateway({ serviceAccount: { name: "door" } }),
                inSystem("istio-ingressgateway"),
            ],
            violations: [
                `${FIRST}: cluster.local/ns/istio-system/sa/istio-ingressgateway belongs to no ServiceAccount of the stack; the nearest that a workload has is cluster.local/ns/istio-system/sa/door`,
            ],
        },
        "with the scheme of SPIFFE": {
            objects: [naming(`spiffe://${ORDER}`)],
            violations: [
                `${FIRST}: spiffe://${ORDER} is no principal, so it fits nobody; <trust domain>/ns/<namespace>/sa/<account> is needed`,
            ],
        },
        "another trust domain": {
            objects: [...owned, naming("corp.example/ns/a4co/sa/order")],
            violations: [
                `${FIRST}: corp.example is not the trust domain of the mesh, so it fits nobody; ${NEAR_ORDER}`,
            ],
        },
        "in a DENY, and in a condition": {
            objects: [
                ...owned,
                policy("a4co/deny", {
                    action: "DENY",
                    rules: [
                        from({ notPrincipals: ["cluster.local/ns/a4co/sa/ordr"] }),
                        { when: [{ key: "source.principal", values: ["order"] }] },
                    ],
                }),
            ],
            violations: [
                `AuthorizationPolicy a4co/deny: spec.rules[0].from[0].source.notPrincipals[0]: cluster.local/ns/a4co/sa/ordr belongs to no ServiceAccount of the stack; ${NEAR_ORDER}`,
                "AuthorizationPolicy a4co/deny: spec.rules[1].when[0].values[0]: order is no principal, so it fits nobody; <trust domain>/ns/<namespace>/sa/<account> is needed",
            ],
        },
        "a source's service account, with and without its namespace": {
            objects: [...owned, allow(from({ serviceAccounts: ["order", "ordr", "a4co/oder"] }))],
            violations: [
                `AuthorizationPolicy a4co/allow: spec.rules[0].from[0].source.serviceAccounts[1]: ordr belongs to no ServiceAccount of the stack; ${NEAR_ORDER}`,
                `AuthorizationPolicy a4co/allow: spec.rules[0].from[0].source.serviceAccounts[2]: a4co/oder belongs to no ServiceAccount of the stack; ${NEAR_ORDER}`,
            ],
        },
    },
    unknown: {
        "one of two principals": {
            objects: [...owned, naming(UNKNOWN, "order")],
            violations: [
                "AuthorizationPolicy a4co/allow: spec.rules[0].from[0].source.principals[1]: order is no principal, so it fits nobody; <trust domain>/ns/<namespace>/sa/<account> is needed",
            ],
            advisories: [`${FIRST}: ${UNKNOWN_YET}`],
        },
        "the account of a workload that may be the one": {
            objects: [
                ...owned,
                account("a4co/batch"),
                deployment("a4co/batch", { spec: { serviceAccountName: UNKNOWN } }),
                naming("cluster.local/ns/a4co/sa/batch"),
            ],
            advisories: [
                `Deployment a4co/batch: spec.template.spec.serviceAccountName: ${UNKNOWN_YET}`,
            ],
        },
    },
    nearMiss: {
        "an unknown account beside the one that is meant": {
            objects: [
                ...owned,
                deployment("a4co/batch", { spec: { serviceAccountName: UNKNOWN } }),
                naming(ORDER),
            ],
        },
        "a service added to a namespace of another stack": {
            objects: [
                account("a4co/payment"),
                deployment("a4co/payment"),
                naming(ORDER, "cluster.local/ns/istio-system/sa/istio-ingressgateway"),
            ],
        },
        "a namespace whose workloads are in other stacks": {
            objects: [namespace(), naming(ORDER)],
        },
        "an account that another chart makes by habit": {
            objects: [
                namespace("istio-system", {}),
                release("prometheus", "istio-system/metrics"),
                inSystem("metrics-server"),
            ],
        },
        "an account that another chart is told to make": {
            objects: [
                namespace("istio-system", {}),
                release("prometheus", "istio-system/metrics", {
                    serviceAccounts: { server: { name: "scraper" } },
                }),
                inSystem("scraper"),
            ],
        },
        "a gateway of Kubernetes' API": {
            objects: [
                ...owned,
                manifest("gateway.networking.k8s.io/v1", "Gateway", "a4co/edge", {
                    gatewayClassName: "istio",
                }),
                naming("cluster.local/ns/a4co/sa/edge-istio"),
            ],
        },
        "a trust domain that the stack gives to istiod": {
            objects: [
                ...owned,
                release("istiod", "istio-system/istiod", {
                    meshConfig: { trustDomain: "corp.example" },
                }),
                naming("corp.example/ns/a4co/sa/order"),
            ],
        },
        "a pattern, which is another rule's": { objects: [...owned, naming("*")] },
        "the older name of the field": {
            objects: [
                namespace(),
                account("a4co/order"),
                deployment("a4co/order", {
                    spec: { serviceAccountName: undefined, serviceAccount: "order" },
                }),
                naming(ORDER),
            ],
        },
    },
});
