import assert from "node:assert/strict";
import { compareAccess } from "#review/access/compare.ts";
import { graphOf } from "#review/access/graph.ts";
import { UNKNOWN } from "#policy/known.ts";
import type { Subject } from "#review/subject.ts";
import { Reading, renderedResources } from "#review/subject/resources.ts";
import { renderStack } from "../../../render/render.ts";
import { subjectOf } from "../subject.ts";
import {
    allow,
    DENY_ALL,
    GATEWAY,
    NAMESPACE,
    policy,
    principal,
    SHOP,
    STRICT,
    workload,
} from "./shop.ts";

const ANY_OTHER = "any other workload of namespace shop";
const PROCESS = '{ methods: ["POST"], paths: ["/payments/process"] }';
const POST = allow("payment", "order", PROCESS);
const BASE = [...SHOP, POST];

/** What is said of a change, and why it is weaker. */
function told(before: readonly string[], after: readonly string[]): Record<string, string> {
    return toldOf(subjectOf(...before), subjectOf(...after));
}

function toldOf(before: Subject, after: Subject): Record<string, string> {
    return Object.fromEntries(
        compareAccess(before, after).map(({ text, weaker }) => [text, weaker ?? "not weaker"]),
    );
}

function replaced(text: string, by: string): readonly string[] {
    return BASE.map((yaml) => yaml.replace(text, by));
}

function forPayment(name: string, spec: string): string {
    return policy(name, `{ selector: { matchLabels: { app: payment } }, ${spec} }`);
}

interface Case {
    readonly before?: readonly string[];
    readonly after: readonly string[];
    readonly says: Readonly<Record<string, string>>;
}

const OPEN = forPayment("open", "rules: [{}]");
const TO_PAYMENTS = allow("payment", "order", '{ paths: ["/payments/*"] }');
const NO_DELETE = forPayment(
    "no-delete",
    "action: DENY, rules: [{ to: [{ operation: { methods: [DELETE] } }] }]",
);
const WITH_CLAIM = POST.replace(
    "rules: [{",
    'rules: [{ when: [{ key: "request.auth.claims[group]", values: [admin] }],',
);
const TCP = SHOP.map((yaml) => yaml.replace("name: http", "name: tcp"));
const EXTERNAL = forPayment("external", "action: CUSTOM, provider: { name: oauth }, rules: [{}]");
const IDP = `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: idp, namespace: shop }
spec: { jwtRules: [{ issuer: "https://idp", jwksUri: "https://idp/keys" }] }
`;
const NEEDS_TOKEN = forPayment(
    "needs-token",
    'action: DENY, rules: [{ from: [{ source: { notRequestPrincipals: ["*"] } }] }]',
);
const AT_EDGE = policy(
    "edge",
    '{ selector: { matchLabels: { istio: ingress } }, action: DENY, rules: [{ to: [{ operation: { paths: ["/admin*"] } }] }] }',
).replace("namespace: shop", "namespace: istio-system");

const CHANGES: Readonly<Record<string, Case>> = {
    "one of two methods at one of two paths that stays": {
        before: [...SHOP, allow("payment", "order", "{ methods: [POST, PUT], paths: [/a, /b] }")],
        after: [...SHOP, allow("payment", "order", "{ methods: [POST], paths: [/a] }")],
        says: { "order may no longer POST /b and PUT /a, /b at payment": "not weaker" },
    },
    "an operation that is added": {
        after: [
            ...SHOP,
            allow("payment", "order", PROCESS, '{ methods: [DELETE], paths: ["/payments/*"] }'),
        ],
        says: {
            "order may now DELETE /payments/* at payment":
                "payment took no DELETE from anybody before",
        },
    },
    "a path that is wider, of which only the rest is new": {
        after: [...SHOP, allow("payment", "order", '{ methods: [POST], paths: ["/payments/*"] }')],
        says: {
            "order may now POST /payments/* but /payments/process at payment":
                "payment let nobody do that before",
        },
    },
    "a method that is removed": {
        before: [...SHOP, allow("payment", "order", '{ methods: [GET, POST], paths: ["/a"] }')],
        after: [...SHOP, allow("payment", "order", '{ methods: [GET], paths: ["/a"] }')],
        says: { "order may no longer POST /a at payment": "not weaker" },
    },
    "a caller who is added": {
        after: [...BASE, allow("payment", "cart", PROCESS)],
        says: {
            "cart may now POST /payments/process at payment":
                "payment refused everything to cart before",
        },
    },
    "a caller of whom nothing else is known": {
        after: [...BASE, allow("payment", "stranger", "{ methods: [GET] }")],
        says: {
            "cluster.local/ns/shop/sa/stranger may now GET every path at payment":
                "payment took no GET from anybody before",
        },
    },
    "a caller who is removed": {
        after: SHOP,
        says: { "order may no longer POST /payments/process at payment": "not weaker" },
    },
    "the deny-all that is removed": {
        after: BASE.filter((yaml) => yaml !== DENY_ALL),
        says: Object.fromEntries(
            ["cart", "order", ANY_OTHER].map((name) => [
                `everybody in the mesh may now make every request at ${name}`,
                `no policy limits who may call ${name} any more: AuthorizationPolicy shop/deny-all is gone`,
            ]),
        ),
    },
    "a rule for everybody": {
        after: [...BASE, OPEN],
        says: {
            "everybody in the mesh may now make every request at payment":
                "payment let only order do that before",
        },
    },
    "a rule for everybody that named callers have more than": {
        after: [
            ...BASE,
            forPayment("open", "rules: [{ to: [{ operation: { methods: [GET] } }] }]"),
        ],
        says: {
            "everybody in the mesh may now GET every path at payment":
                "payment took no GET from anybody before",
        },
    },
    "a rule for everybody where plaintext is taken": {
        before: BASE.filter((yaml) => yaml !== STRICT),
        after: [...BASE.filter((yaml) => yaml !== STRICT), OPEN],
        says: {
            "anybody, also without an identity, may now make every request at payment":
                "payment let only order do that before",
        },
    },
    "a rule for everybody but one": {
        after: [
            ...BASE,
            OPEN,
            forPayment(
                "not-cart",
                `action: DENY, rules: [{ from: [{ source: { principals: ["${principal("cart")}"] } }] }]`,
            ),
        ],
        says: {
            "everybody in the mesh but cart may now make every request at payment":
                "payment let only order do that before",
        },
    },
    "a rule for a namespace": {
        after: [
            ...BASE,
            forPayment("open", 'rules: [{ from: [{ source: { namespaces: ["shop"] } }] }]'),
        ],
        says: {
            "everybody in namespace shop may now make every request at payment":
                "payment let only order do that before",
        },
    },
    "a DENY that is removed": {
        before: [...SHOP, TO_PAYMENTS, NO_DELETE],
        after: [...SHOP, TO_PAYMENTS],
        says: {
            "order may now DELETE /payments/* at payment":
                "AuthorizationPolicy shop/no-delete, which refused it, is gone",
        },
    },
    "a DENY that is only tried out": {
        before: [...SHOP, TO_PAYMENTS, NO_DELETE],
        after: [
            ...SHOP,
            TO_PAYMENTS,
            NO_DELETE.replace("annotations: {}", 'annotations: { istio.io/dry-run: "true" }'),
        ],
        says: {
            "order may now DELETE /payments/* at payment":
                "AuthorizationPolicy shop/no-delete, which refused it, is only tried out now",
        },
    },
    "a DENY that no longer selects the workload": {
        before: [...SHOP, TO_PAYMENTS, NO_DELETE],
        after: [...SHOP, TO_PAYMENTS, NO_DELETE.replace("app: payment", "app: other")],
        says: {
            "order may now DELETE /payments/* at payment":
                "AuthorizationPolicy shop/no-delete, which refused it, no longer holds for it",
        },
    },
    "labels of pods that a DENY selects no more": {
        before: [...SHOP, TO_PAYMENTS, NO_DELETE.replace("app: payment", "tier: money")].map(
            (yaml) =>
                yaml.replace("labels: { app: payment }", "labels: { app: payment, tier: money }"),
        ),
        after: [...SHOP, TO_PAYMENTS, NO_DELETE.replace("app: payment", "tier: money")],
        says: {
            "order may now DELETE /payments/* at payment":
                "AuthorizationPolicy shop/no-delete, which refused it, no longer holds for it",
        },
    },
    "an ALLOW for another workload": {
        after: [...SHOP, POST.replace("app: payment", "app: cart")],
        says: {
            "order may now POST /payments/process at cart": "cart took no POST from anybody before",
            "order may no longer POST /payments/process at payment": "not weaker",
        },
    },
    "injection that is off": {
        before: [NAMESPACE, STRICT, workload("payment"), DENY_ALL],
        after: [NAMESPACE.replace("enabled", "disabled"), STRICT, workload("payment"), DENY_ALL],
        says: {
            "anybody, also without an identity, may now make every request at payment":
                "nothing guards payment any more, since its pods have no proxy of the mesh",
        },
    },
    "a port that goes past the proxy": {
        after: replaced(
            "labels: { app: payment }",
            'labels: { app: payment }, annotations: { traffic.sidecar.istio.io/excludeInboundPorts: "8080" }',
        ),
        says: {
            "anybody, also without an identity, may now make every request on port 8080 at payment":
                "connections to these ports of payment go past its proxy now",
        },
    },
    "plaintext where nothing limits callers": {
        before: [NAMESPACE, STRICT, workload("payment")],
        after: [NAMESPACE, workload("payment")],
        says: {
            "anybody without an identity may now make every request at payment":
                "payment took nothing in plaintext before",
            [`anybody without an identity may now make every request at ${ANY_OTHER}`]: `${ANY_OTHER} took nothing in plaintext before`,
        },
    },
    "a caller outside the mesh, who shows no identity": {
        after: replaced(
            "labels: { app: order }",
            'labels: { app: order, sidecar.istio.io/inject: "false" }',
        ),
        says: {
            "anybody, also without an identity, may now make every request at order":
                "nothing guards order any more, since its pods have no proxy of the mesh",
            "order may no longer POST /payments/process at payment": "not weaker",
        },
    },
    "a new workload, which nobody could call before": {
        after: [...BASE, workload("refund"), allow("refund", "payment", PROCESS)],
        says: {
            "payment may POST /payments/process at refund, which is new": "not weaker",
        },
    },
    "a new version of a workload that no policy of its own selects": {
        before: BASE.filter((yaml) => yaml !== DENY_ALL).map(versioned),
        after: [
            ...BASE.filter((yaml) => yaml !== DENY_ALL).map(versioned),
            workload("payment").replace("name: payment, namespace", "name: payment-v2, namespace"),
        ],
        says: {
            "everybody in the mesh may now make every request at payment":
                "no policy limits who may call payment any more: AuthorizationPolicy shop/allow-order-to-payment no longer holds for it",
        },
    },
    "a claim that is asked for": {
        after: [...SHOP, WITH_CLAIM],
        says: {
            "order may no longer POST /payments/process without claim group admin at payment":
                "not weaker",
        },
    },
    "a claim that is no longer asked for": {
        before: [...SHOP, WITH_CLAIM],
        after: BASE,
        says: {
            "order may now POST /payments/process without claim group admin at payment":
                "payment let nobody do that before",
        },
    },
    "a token that is no longer required": {
        before: [...BASE, IDP, NEEDS_TOKEN],
        after: [...BASE, IDP],
        says: {
            "order may now POST /payments/process without a token at payment":
                "AuthorizationPolicy shop/needs-token, which refused it, is gone",
        },
    },
    "a token that nobody accepts any more": {
        before: [...BASE, IDP, NEEDS_TOKEN],
        after: [...BASE, NEEDS_TOKEN],
        says: {
            "order may no longer POST /payments/process with a token at payment": "not weaker",
        },
    },
    "another authorizer who is no longer asked": {
        before: [...BASE, EXTERNAL],
        after: BASE,
        says: {
            "order may now POST /payments/process at payment without asking oauth":
                "AuthorizationPolicy shop/external, which had it asked for, is gone",
        },
    },
    "another authorizer who is asked": {
        after: [...BASE, EXTERNAL],
        says: {
            "order may now only POST /payments/process at payment if oauth agrees": "not weaker",
        },
    },
    "all paths but some": {
        after: [...SHOP, allow("payment", "order", '{ notPaths: ["/admin*"] }')],
        says: {
            "order may now make every request to every path but /admin* at payment":
                "payment let nobody do that before",
        },
    },
    "all methods but some": {
        after: [...SHOP, allow("payment", "order", "{ notMethods: [DELETE] }")],
        says: {
            "order may now use every method but DELETE at payment":
                "payment let nobody do that before",
        },
    },
    "a template of paths": {
        after: [
            ...BASE,
            allow(
                "payment",
                "order",
                '{ methods: [POST], paths: ["/payments/{*}/refund"] }',
            ).replace("allow-order", "refunds"),
        ],
        says: {
            "order may now POST /payments/{*}/refund at payment":
                "payment let nobody do that before",
        },
    },
    "a port of HTTP that is opened whole": {
        before: [...SHOP, allow("payment", "order", '{ methods: [GET], ports: ["8080"] }')],
        after: [...SHOP, allow("payment", "order", '{ ports: ["8080"] }')],
        says: {
            "order may now use every method but GET on port 8080 at payment":
                "payment let nobody do that before",
        },
    },
    "a port of TCP": {
        before: TCP,
        after: [...TCP, allow("payment", "order", '{ ports: ["8080"] }')],
        says: {
            "order may now connect on port 8080 at payment": "payment let nobody do that before",
        },
    },
    "a range of addresses": {
        after: [
            ...BASE,
            forPayment("office", 'rules: [{ from: [{ source: { ipBlocks: ["10.0.0.0/8"] } }] }]'),
        ],
        says: {
            "everybody in the mesh may now make every request from 10.0.0.0/8 at payment":
                "payment let only order do that before",
        },
    },
    "a host": {
        after: [
            ...BASE,
            forPayment("admin", "rules: [{ to: [{ operation: { hosts: [admin.example] } }] }]"),
        ],
        says: {
            "everybody in the mesh may now make every request for host admin.example at payment":
                "payment let only order do that before",
        },
    },
    "a DENY at the edge that is removed": {
        before: [...BASE, GATEWAY, AT_EDGE],
        after: [...BASE, GATEWAY],
        says: {
            "anybody may now make every request to /admin* at ingress":
                "AuthorizationPolicy istio-system/edge, which refused it, is gone",
        },
    },
    "the deny-all of the mesh that is removed": {
        before: [NAMESPACE, STRICT, workload("payment"), meshWide(DENY_ALL)],
        after: [NAMESPACE, STRICT, workload("payment")],
        says: Object.fromEntries(
            ["payment", ANY_OTHER].map((name) => [
                `everybody in the mesh may now make every request at ${name}`,
                `no policy limits who may call ${name} any more: AuthorizationPolicy istio-system/deny-all is gone`,
            ]),
        ),
    },
    "a deny-all that is removed where each workload has an ALLOW of its own": {
        before: [NAMESPACE, STRICT, workload("payment"), POST, DENY_ALL],
        after: [NAMESPACE, STRICT, workload("payment"), POST],
        says: {
            [`everybody in the mesh may now make every request at ${ANY_OTHER}`]: `no policy limits who may call ${ANY_OTHER} any more: AuthorizationPolicy shop/deny-all is gone`,
        },
    },
};

function versioned(yaml: string): string {
    return yaml
        .replace("labels: { app: payment }", "labels: { app: payment, version: v1 }")
        .replace("matchLabels: { app: payment }", "matchLabels: { app: payment, version: v1 }");
}

function meshWide(yaml: string): string {
    return yaml.replace("namespace: shop", "namespace: istio-system");
}

/** The same without sidecars. */
function ambient(...yaml: readonly string[]): readonly string[] {
    return yaml.map((one) =>
        one.replace("istio-injection: enabled", "istio.io/dataplane-mode: ambient"),
    );
}

const WAYPOINT = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: waypoint, namespace: shop }
spec: { gatewayClassName: istio-waypoint, listeners: [{ name: mesh, port: 15008, protocol: HBONE }] }
`;
const FROM_WAYPOINT = forPayment(
    "from-waypoint",
    `rules: [{ from: [{ source: { principals: ["${principal("waypoint")}"] } }] }]`,
);
/** Payment behind a waypoint, at which order may do something. */
function behindWaypoint(operation: string): readonly string[] {
    return [
        ...ambient(...SHOP).map((yaml) =>
            yaml.replace(
                "metadata: { name: payment, namespace: shop }\nspec: { selector",
                "metadata: { name: payment, namespace: shop, labels: { istio.io/use-waypoint: waypoint } }\nspec: { selector",
            ),
        ),
        WAYPOINT,
        FROM_WAYPOINT,
        policy(
            "at-waypoint",
            `{ targetRefs: [{ kind: Service, group: "", name: payment }], rules: [{ from: [{ source: { principals: ["${principal("order")}"] } }], to: [{ operation: ${operation} }] }] }`,
        ),
    ];
}

const AMBIENT: Readonly<Record<string, Case>> = {
    "an ALLOW by method, which ztunnel leaves out": {
        before: ambient(...SHOP),
        after: ambient(...SHOP, allow("payment", "order", "{ methods: [GET] }")),
        says: {},
    },
    "an ALLOW by port, which ztunnel knows": {
        before: ambient(...SHOP),
        after: ambient(...SHOP, allow("payment", "order", '{ ports: ["8080"] }')),
        says: {
            "order may now connect on port 8080 at payment": "payment let nobody do that before",
        },
    },
    "a DENY by method, which ztunnel widens, that is removed": {
        before: ambient(...SHOP, allow("payment", "order", '{ ports: ["8080"] }'), NO_DELETE),
        after: ambient(...SHOP, allow("payment", "order", '{ ports: ["8080"] }')),
        says: {
            "order may now connect on port 8080 at payment":
                "AuthorizationPolicy shop/no-delete, which refused it, is gone",
        },
    },
    "what a waypoint lets through": {
        before: behindWaypoint("{ methods: [GET] }"),
        after: behindWaypoint("{ methods: [GET, DELETE] }"),
        says: {
            "order may now DELETE every path at payment":
                "payment took no DELETE from anybody before",
        },
    },
};

const NO_CHANGES: Readonly<
    Record<string, { readonly before?: readonly string[]; readonly after: readonly string[] }>
> = {
    "the same again": { after: BASE },
    "another order": { after: [...BASE].reverse() },
    "another name of a policy": {
        after: BASE.map((yaml) => yaml.replace("name: allow-order-to-payment", "name: other")),
    },
    "a rule that is split in two": {
        before: [
            ...SHOP,
            allow("payment", "order", '{ methods: [GET, POST], paths: ["/a", "/b"] }'),
        ],
        after: [
            ...SHOP,
            allow(
                "payment",
                "order",
                '{ methods: [POST], paths: ["/b", "/a"] }',
                '{ methods: [GET], paths: ["/a"] }',
                '{ methods: [GET], paths: ["/b"] }',
            ),
        ],
    },
    "a rule that a wider one covers": {
        before: [...SHOP, allow("payment", "order", '{ paths: ["/payments/*"] }')],
        after: [...SHOP, allow("payment", "order", '{ paths: ["/payments/*"] }', PROCESS)],
    },
    "the same identity written as account and namespace": {
        after: BASE.map((yaml) =>
            yaml.replace(`principals: ["${principal("order")}"]`, "serviceAccounts: [order]"),
        ),
    },
    "a DENY of what nobody was let do": {
        after: [...BASE, NO_DELETE],
    },
    "a policy that only takes notes": {
        after: [...BASE, forPayment("audit", "action: AUDIT, rules: [{}]")],
    },
    "an ALLOW that is only tried out": {
        after: [
            ...BASE,
            OPEN.replace("annotations: {}", 'annotations: { istio.io/dry-run: "true" }'),
        ],
    },
    "a policy for nobody's labels": {
        after: [...BASE, OPEN.replace("app: payment", "app: nobody")],
    },
    "a policy in another namespace": {
        after: [...BASE, OPEN.replace("namespace: shop", "namespace: depot")],
    },
    "requests at a port of bytes, where an ALLOW of requests lets nobody in": {
        before: [...TCP, allow("payment", "order", '{ ports: ["8080"], methods: [GET] }')],
        after: [...TCP, allow("payment", "order", '{ ports: ["8080"], methods: [POST] }')],
    },
    "plaintext where everybody has to be named": {
        after: BASE.filter((yaml) => yaml !== STRICT),
    },
    "an issuer whose tokens nobody asks for": { after: [...BASE, IDP] },
    "a deny-all that is mesh-wide as well": { after: [...BASE, meshWide(DENY_ALL)] },
    "a workload that is removed": {
        after: BASE.filter((yaml) => yaml !== workload("cart")),
    },
    "a Deployment that becomes a StatefulSet": {
        after: BASE.map((yaml) => yaml.replace("kind: Deployment", "kind: StatefulSet")),
    },
};

describe("Who may call whom", () => {
    for (const [title, { before = BASE, after, says }] of Object.entries(CHANGES)) {
        it(`changes by ${title}`, () => {
            assert.deepStrictEqual(told(before, after), says);
        });
    }

    for (const [title, { before = BASE, after, says }] of Object.entries(AMBIENT)) {
        it(`changes without sidecars by ${title}`, () => {
            assert.deepStrictEqual(told(before, after), says);
        });
    }

    for (const [title, { before = BASE, after }] of Object.entries(NO_CHANGES)) {
        it(`does not change by ${title}`, () => {
            assert.deepStrictEqual(told(before, after), {});
        });
    }

    it("names the objects and the place of the declaration", () => {
        const [change] = compareAccess(
            subjectOf(...BASE),
            subjectOf(...BASE, allow("payment", "cart", PROCESS)),
        );
        assert.deepStrictEqual(change?.objects, [
            { kind: "AuthorizationPolicy", namespace: "shop", name: "allow-cart-to-payment" },
        ]);
        assert.deepStrictEqual(change.declared, {
            workload: "payment",
            path: ["callers", "cart"],
        });
    });

    it("is not told of what a chart runs outside the mesh", () => {
        const subject = subjectOf(...BASE);
        const rendered: Subject = {
            ...subject,
            releases: [
                {
                    name: "kiali",
                    namespace: "istio-system",
                    chart: "kiali-server",
                    values: {},
                    objects: [
                        {
                            apiVersion: "apps/v1",
                            kind: "Deployment",
                            metadata: { name: "kiali", namespace: "istio-system" },
                            spec: { template: { spec: { containers: [] } } },
                        },
                    ],
                },
            ],
        };
        assert.deepStrictEqual(toldOf(subject, rendered), {});
        assert.deepStrictEqual(graphOf(rendered), graphOf(subject));
    });

    it("is compared by rule where there are too many combinations", () => {
        const claims = Array.from(
            { length: 10 },
            (_, at) => `{ key: "request.auth.claims[c${at}]", values: ["a", "b*", "*c"] }`,
        );
        const wide = POST.replace("rules: [{", `rules: [{ when: [${claims.join(", ")}],`);
        const rest = "payment, compared rule by rule since there are too many combinations";
        assert.deepStrictEqual(told([...SHOP, wide], [...SHOP, wide]), {});
        assert.deepStrictEqual(
            told([...SHOP, wide], [...SHOP, wide.replace("/payments/process", "/payments/*")]),
            {
                [`ALLOW rules of AuthorizationPolicy shop/allow-order-to-payment were added for ${rest}`]:
                    "a rule that lets in was added",
                [`ALLOW rules of AuthorizationPolicy shop/allow-order-to-payment no longer hold for ${rest}`]:
                    "not weaker",
            },
        );
    });

    it("says what it cannot compare, unless nothing of it is different", () => {
        const withUnknown = (name: string): Subject => {
            const subject = subjectOf(...BASE, OPEN.replace("name: open", `name: ${name}`));
            return {
                ...subject,
                resources: subject.resources.map((resource) =>
                    resource.name === name
                        ? {
                              ...resource,
                              props: {
                                  ...resource.props,
                                  spec: { selector: { matchLabels: { app: UNKNOWN } } },
                              },
                          }
                        : resource,
                ),
            };
        };
        assert.deepStrictEqual(toldOf(withUnknown("a"), withUnknown("a")), {});
        assert.deepStrictEqual(toldOf(subjectOf(...BASE), withUnknown("a")), {
            "AuthorizationPolicy shop/a cannot be compared: not all of it is known":
                "who may call whom cannot be told",
        });
    });

    it("is told of the program by what people call its parts", async () => {
        const { resources } = await renderStack("prod");
        const subject = (all: typeof resources): Subject => ({
            name: "stack prod",
            resources: renderedResources(all, "prod::mesh", new Reading()),
            objects: [],
            releases: [],
        });
        const changed = resources.map((resource) =>
            JSON.stringify(resource.inputs).includes('"name":"allow-order-to-payment"')
                ? (JSON.parse(
                      JSON.stringify(resource).replace('["POST"]', '["POST","DELETE"]'),
                  ) as typeof resource)
                : resource,
        );
        assert.notDeepStrictEqual(changed, resources);
        const [change, ...others] = compareAccess(subject(resources), subject(changed));
        assert.deepStrictEqual(others, []);
        assert.deepStrictEqual(change, {
            topic: "access",
            kind: "access/granted",
            about: "payment-service",
            text: "order-service may now DELETE /payments/process at payment-service",
            weaker: "payment-service took no DELETE from anybody before",
            objects: [
                {
                    kind: "AuthorizationPolicy",
                    namespace: "a4co",
                    name: "allow-order-to-payment",
                },
            ],
            declared: { workload: "payment-service", path: ["callers", "order-service"] },
        });
    });
});
