import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { EnvironmentError } from "#errors.ts";
import type { TargetLook } from "#live/stack-record.ts";
import { holdsNoOther, holdsStack } from "#live/stack-record.ts";
import { stackAnnotations, telemetrySpec } from "#model/baseline.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import { configOf, withServer } from "../network/stand-in.ts";

const DEV = {
    stack: "dev",
    config: { environment: "dev", namespace: "a4co", controlPlaneNamespace: "istio-system" },
} as const;
const ON_PRODUCTION = "nothing fails there";

interface Telemetry {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    /** Value of the spans' tag `environment`; `null` where no span is reported. */
    readonly tag?: string | null;
    /** In place of what the program writes. */
    readonly spec?: unknown;
}

function telemetry({
    name = BASELINE_NAMES.telemetry,
    namespace = "istio-system",
    annotations = {},
    tag = "dev",
    spec = telemetrySpec({
        environment: tag ?? "",
        clusterName: "c",
        samplingPercent: tag === null ? undefined : 1,
        metrics: true,
    }),
}: Telemetry): object {
    return { metadata: { name, namespace, annotations }, spec };
}

const of = (stack: string, environment: string): Record<string, string> =>
    stackAnnotations(stack, environment);
const OWN: Telemetry = { annotations: of("dev", "dev") };
const STAGING: Telemetry = { annotations: of("staging", "staging"), tag: "staging" };
const PROD: Telemetry = { annotations: of("prod", "prod"), tag: "prod" };

/** Whose cluster it is: by its Telemetries, what a change and a deployment of stack dev are told; nothing where it may be. */
const CLUSTERS: readonly (readonly [string, readonly Telemetry[], RegExp?, RegExp?])[] = [
    ["says that it holds the stack", [OWN]],
    ["says so and reports no spans", [{ ...OWN, tag: null }]],
    ["has a team's Telemetry beside", [OWN, { name: "team", namespace: "team", tag: "prod" }]],
    ["holds nothing", [], /does not say .* "dev": no Telemetry of it says anything; deploy/],
    [
        "was deployed before it said so",
        [{}],
        /says an unnamed stack of environment dev; deploy the stack/,
    ],
    [
        "holds prod",
        [PROD],
        /^This cluster is prod, says its Telemetry istio-system\/mesh-telemetry: nothing fails there\.$/,
        /^This cluster holds stack "prod" of environment prod, .* and not stack "dev" of environment dev; /,
    ],
    ["held prod before it said so", [{ tag: "prod" }], /is prod/, /an unnamed stack of .* prod/],
    [
        "holds another stack of the same environment",
        [{ annotations: of("other", "dev") }],
        /holds stack "other" of environment dev/,
        /holds stack "other" of environment dev/,
    ],
    [
        "holds the stack for another environment than its file says",
        [{ annotations: of("dev", "staging"), tag: "staging" }],
        /says stack "dev" of environment staging/,
    ],
    ["calls its spans prod", [{ ...OWN, tag: "prod" }], /is prod/],
    ["calls its spans something", [{ ...OWN, tag: "x" }], /of environment dev and x/],
    [
        "takes the tag from elsewhere",
        [
            {
                ...OWN,
                spec: { tracing: [{ customTags: { environment: { header: { name: "x" } } } }] },
            },
        ],
        /of environment dev and unknown/,
    ],
    [
        "says both in two objects",
        [OWN, { name: "other", tag: "prod" }],
        /is prod, says its Telemetry istio-system\/other/,
        /an unnamed stack of environment prod/,
    ],
    [
        "holds prod's mesh beside",
        [OWN, { ...PROD, namespace: "istio-prod" }],
        /is prod, says its Telemetry istio-prod\/mesh-telemetry/,
    ],
    ["holds another mesh beside", [OWN, { ...STAGING, namespace: "istio-staging" }]],
    [
        "holds another mesh elsewhere alone",
        [{ ...STAGING, namespace: "istio-staging" }],
        /holds stack "staging" of environment staging, says its Telemetry istio-staging/,
        /holds stack "staging"/,
    ],
    [
        "says in another namespace that it holds the stack",
        [{ ...OWN, namespace: "elsewhere" }],
        /its Telemetry elsewhere\/mesh-telemetry says stack "dev" of environment dev; deploy/,
    ],
    [
        "says what a terminal would act on",
        [{ annotations: of("\x1b[2Jdev", "dev") }],
        /holds stack "\?\[2Jdev" of environment dev/,
        /holds stack "\?\[2Jdev" of environment dev/,
    ],
];

const answering =
    (status: number, body: object): RequestListener =>
    (_request, response) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
    };

async function said(look: TargetLook): Promise<string | undefined> {
    try {
        await look();
        return undefined;
    } catch (error) {
        assert.ok(error instanceof EnvironmentError, String(error));
        return error.message;
    }
}

function assertSaid(message: string | undefined, expected: RegExp | undefined): void {
    if (expected === undefined) {
        assert.equal(message, undefined);
    } else {
        assert.match(String(message), expected);
    }
}

describe("a cluster", () => {
    for (const [what, telemetries, changed, deployed] of CLUSTERS) {
        it(`that ${what} ${changed === undefined ? "may" : "may not"} be changed`, () =>
            withServer(answering(200, { items: telemetries.map(telemetry) }), async (server) => {
                const config = configOf(server);
                assertSaid(await said(holdsStack(config, DEV, ON_PRODUCTION)), changed);
                assertSaid(await said(holdsNoOther(config, DEV)), deployed);
            }));
    }

    it("that is prod may be changed by whoever means prod", () =>
        withServer(
            answering(200, {
                items: [telemetry(PROD)],
            }),
            async (server) => {
                const prod = {
                    stack: "prod",
                    config: { ...DEV.config, environment: "prod" },
                } as const;
                assert.equal(await said(holdsStack(configOf(server), prod)), undefined);
            },
        ));

    it("that does not let itself be read may not be changed", () =>
        withServer(answering(403, { message: "telemetries is forbidden" }), async (server) => {
            for (const look of [holdsStack, holdsNoOther]) {
                assert.match(
                    String(await said(look(configOf(server), DEV))),
                    /cannot be read: Telemetry: telemetries is forbidden\.$/,
                );
            }
        }));

    it("without Istio's kinds holds nothing", () =>
        withServer(answering(404, {}), async (server) => {
            const config = configOf(server);
            assert.match(
                String(await said(holdsStack(config, DEV, ON_PRODUCTION))),
                /says anything/,
            );
            assert.equal(await said(holdsNoOther(config, DEV)), undefined);
        }));
});
