import type { Graph } from "#review/change.ts";
import type { CheckReport, PlacedChange, SubjectReport } from "#review/report.ts";

/** Names that somebody could choose so that a report breaks, links or calls people. */
export const HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "</details></summary><h1>owned</h1>",
    "```\n### owned\n```",
    "`code` **bold** _it_ ~~no~~ | cell | other |",
    "[link](https://evil.example/a) ![image](https://evil.example/b.png)",
    "https://evil.example/path www.evil.example me@evil.example",
    "@octocat @org/team #123 GH-12 org/repo#7 0123456789abcdef0123456789abcdef01234567",
    "<!-- mesh check --> --> <!--",
    '"] --> evil["x"]; click n0 href "https://evil.example"',
    "end\n    n0 --> n1\n%%{init: {}}%%",
    "\u001b[31mred\u001b[0m \u202egnp.exe \u0000",
    "::error file=x::owned",
    "1. - + # > = list",
    "$x$ $$y$$ :tada: &lt;b&gt; \\n \\N \\",
    "\ud800 lone",
] as const;

const BEFORE: Graph = {
    nodes: ["ingress-gateway", "legacy-service", "nats", "order-service", "payment-service"],
    edges: [
        {
            from: "ingress-gateway",
            to: "order-service",
            operations: ["GET /orders", "POST /orders"],
        },
        { from: "legacy-service", to: "payment-service", operations: ["GET /payments"] },
        { from: "order-service", to: "nats", operations: ["port 4222"] },
        { from: "order-service", to: "payment-service", operations: ["POST /payments/process"] },
    ],
};

const AFTER: Graph = {
    nodes: ["ingress-gateway", "nats", "order-service", "payment-service", "refund-service"],
    edges: [
        {
            from: "ingress-gateway",
            to: "order-service",
            operations: ["GET /orders", "POST /orders"],
        },
        { from: "order-service", to: "nats", operations: ["port 4222"] },
        {
            from: "order-service",
            to: "payment-service",
            operations: ["DELETE /payments/*", "POST /payments/process"],
        },
        { from: "refund-service", to: "payment-service", operations: ["POST /payments/refund"] },
    ],
};

const PAYMENT = {
    kind: "AuthorizationPolicy",
    namespace: "a4co",
    name: "payment-service",
} as const;

const GRANTED: PlacedChange = {
    topic: "access",
    kind: "access/granted",
    about: "payment-service",
    text: "order-service may now DELETE /payments/*",
    weaker: "it was allowed POST /payments/process alone",
    objects: [PAYMENT],
    declared: { workload: "payment-service", path: ["callers", "order-service"] },
    source: { file: "services/payment.ts", line: 17 },
};

const CHANGES: readonly PlacedChange[] = [
    GRANTED,
    {
        topic: "access",
        kind: "access/granted",
        about: "payment-service",
        text: "refund-service may now POST /payments/refund",
        weaker: "refund-service is new among the callers of payment-service",
        objects: [PAYMENT],
        source: { file: "services/payment.ts", line: 18 },
    },
    {
        topic: "access",
        kind: "access/revoked",
        about: "payment-service",
        text: "legacy-service may no longer GET /payments",
        objects: [PAYMENT],
        source: { file: "services/payment.ts", line: 16 },
    },
    {
        topic: "budgets",
        kind: "budgets/slowest",
        about: "payment-service",
        text: "payment-service waits at most 15 s, was 10 s",
        objects: [{ kind: "VirtualService", namespace: "a4co", name: "payment-service" }],
        declared: {
            workload: "payment-service",
            path: ["routes", { prefix: "/payments" }, "timeout"],
        },
        source: { file: "services/payment.ts", line: 11 },
    },
    {
        topic: "charts",
        kind: "charts/version",
        about: "istiod",
        text: "istiod 1.31.2, was 1.30.4",
        objects: [],
        source: { file: "stack/chart-versions.ts", line: 8 },
    },
];

const EMPTY: SubjectReport = {
    name: "stack prod",
    stack: "prod",
    errors: [],
    objects: 92,
    rules: 60,
    schema: [],
    violations: [],
    analyzer: [],
    changes: [],
    graph: { before: AFTER, after: AFTER },
    budgets: [],
    notJudged: [],
};

const PROD: SubjectReport = {
    ...EMPTY,
    schema: [
        {
            object: { kind: "VirtualService", namespace: "a4co", name: "order-service" },
            path: "spec.http[0].timeout",
            message: "10 is no duration",
            isNew: true,
            source: { file: "services/order.ts", line: 10 },
        },
    ],
    violations: [
        {
            rule: "istio-authorization-policy-disallow-wildcard",
            level: "mandatory",
            message:
                "AuthorizationPolicy a4co/payment-service: spec.rules[0].to[0].operation.paths[0]: /payments/* ends in a wildcard; paths are named",
            url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation",
            object: PAYMENT,
            isNew: true,
            source: { file: "services/payment.ts", line: 17 },
        },
        {
            rule: "istio-workload-configure-replicas",
            level: "advisory",
            message: "Deployment a4co/refund-service: spec.replicas: 1; 2 or more survive a node",
            url: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
            isNew: true,
        },
        {
            rule: "istio-workload-configure-replicas",
            level: "advisory",
            message: "Deployment a4co/nats: spec.replicas: 1; 2 or more survive a node",
            url: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
            isNew: false,
        },
    ],
    analyzer: [
        {
            code: "IST0101",
            level: "error",
            message: "Referenced host not found: refund",
            object: { kind: "VirtualService", namespace: "a4co", name: "refund-service" },
            url: "https://istio.io/latest/docs/reference/config/analysis/ist0101/",
            isNew: true,
        },
        {
            code: "IST0118",
            level: "info",
            message: "Port name (port: 8080) does not follow the naming convention",
            object: { kind: "Service", namespace: "a4co", name: "refund-service" },
            url: "https://istio.io/latest/docs/reference/config/analysis/ist0118/",
            isNew: true,
        },
    ],
    changes: CHANGES,
    graph: { before: BEFORE, after: AFTER },
    budgets: [
        {
            chain: "ingress-gateway \u2192 order-service \u2192 payment-service",
            slowest: "10 s",
            copies: "24",
            inverted: ["order-service waits 10 s for payment-service, which takes up to 15 s"],
        },
    ],
    notJudged: ["istiod's chart 1.31.2 is not there, so its objects are not compared"],
};

/** A report with something of everything, in two stacks. */
export const RICH: CheckReport = {
    tool: "0.1.0",
    base: { ref: "origin/main", commit: "089a5be1f2d3c4b5a697886950413223140516ff" },
    failOn: "mandatory",
    prefix: "",
    errors: [
        {
            message: "Property 'port' is missing in the declaration of a service.",
            source: { file: "services/refund.ts", line: 3 },
        },
    ],
    subjects: [
        {
            ...EMPTY,
            name: "stack dev",
            stack: "dev",
            changes: [GRANTED],
            graph: { before: BEFORE, after: AFTER },
        },
        PROD,
    ],
    notJudged: ["Istio's analyzers did not run: there is no istioctl"],
    timings: [
        { step: "dev: render", milliseconds: 1234.5 },
        { step: "prod: render", milliseconds: 2345.6 },
    ],
};

/** A report of a pull request that changes nothing. */
export const QUIET: CheckReport = {
    ...RICH,
    errors: [],
    notJudged: [],
    subjects: [{ ...EMPTY, name: "stack dev", stack: "dev" }, EMPTY],
};

/** A report in which every text is one that somebody chose to do harm. */
export const HARMFUL: CheckReport = {
    ...QUIET,
    base: { ref: HOSTILE[0], commit: HOSTILE.join(" ") },
    errors: HOSTILE.map((message) => ({ message, source: { file: message, line: 1 } })),
    notJudged: HOSTILE,
    subjects: [
        {
            ...EMPTY,
            name: HOSTILE[6],
            errors: [],
            schema: HOSTILE.map((text) => ({
                object: { kind: text, namespace: text, name: text },
                path: text,
                message: text,
            })),
            violations: HOSTILE.flatMap((text) =>
                (["mandatory", "advisory"] as const).map((level) => ({
                    rule: text,
                    level,
                    message: text,
                    url: `javascript:alert(1)//${text}`,
                })),
            ),
            analyzer: HOSTILE.map((text) => ({
                code: text,
                level: "warning",
                message: text,
                url: `https://istio.io/a)"'<b>${text}`,
            })),
            changes: HOSTILE.flatMap((text) => [
                { ...GRANTED, about: text, text, weaker: text },
                { topic: "objects", kind: "objects/changed", about: text, text, objects: [] },
            ]),
            graph: {
                before: { nodes: [], edges: [] },
                after: {
                    nodes: HOSTILE,
                    edges: HOSTILE.map((text) => ({
                        from: text,
                        to: HOSTILE[0],
                        operations: HOSTILE,
                    })),
                },
            },
            budgets: HOSTILE.map((text) => ({
                chain: text,
                slowest: text,
                copies: text,
                inverted: [text],
            })),
            notJudged: HOSTILE,
        },
        EMPTY,
    ],
    timings: HOSTILE.map((step) => ({ step, milliseconds: 1 })),
};

/** A report about that many services, each of which calls three others; the calls to every tenth are new. */
export function large(services: number): CheckReport {
    const nodes = Array.from({ length: services }, (_, index) => `service-${index}`);
    const calls = nodes.flatMap((from, index) =>
        [1, 2, 3].flatMap((step) => {
            const to = nodes[3 * index + step];
            return to === undefined ? [] : [{ from, to, operations: ["GET /*", "POST /*"] }];
        }),
    );
    const isNew = ({ to }: { readonly to: string }): boolean => to.endsWith("0");
    return {
        ...QUIET,
        subjects: [
            {
                ...EMPTY,
                changes: calls.filter(isNew).flatMap(({ from, to }) => [
                    {
                        ...GRANTED,
                        about: to,
                        text: `${from} may now GET and POST /* of ${to}`,
                    },
                    {
                        topic: "objects",
                        kind: "objects/changed",
                        about: to,
                        text: `VirtualService ${to} ${"changes ".repeat(40)}`,
                        objects: [],
                    },
                ]),
                graph: {
                    before: { nodes, edges: calls.filter((call) => !isNew(call)) },
                    after: { nodes, edges: calls },
                },
            },
        ],
    };
}
