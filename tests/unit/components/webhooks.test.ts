import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { kubeConfigOf } from "#components/platform/admission-client.ts";
import type {
    AdmissionAnswer,
    AdmissionClient,
    AdmissionRequest,
} from "#components/platform/admission-client.ts";
import { webhooksAnswer } from "#components/webhooks.ts";

const WHERE = { namespace: "a4co", controlPlaneNamespace: "istio-system" };

type Question = "sidecar" | "gateway" | "guard" | "sound" | "unsound";

const REFUSED_BY_GUARD =
    "pods is forbidden: ValidatingAdmissionPolicy 'a4co-require-sidecar' denied request: no istio-proxy";
const REFUSED_BY_ISTIO =
    'admission webhook "rev.validation.istio.io" denied the request: configuration is invalid';
const UNREACHABLE = 'failed calling webhook "validation.istio.io": connection refused';

function accepted(object: unknown): AdmissionAnswer {
    return { accepted: true, object };
}

function refused(reason: string): AdmissionAnswer {
    return { accepted: false, reason };
}

function pod(lists: Readonly<Record<string, readonly object[]>>): AdmissionAnswer {
    return accepted({ spec: lists });
}

const NATIVE = pod({
    containers: [{ name: "probe", image: "probe" }],
    initContainers: [
        { name: "istio-init", image: "proxyv2" },
        { name: "istio-proxy", image: "proxyv2" },
    ],
});
const CLASSIC = pod({
    containers: [
        { name: "probe", image: "probe" },
        { name: "istio-proxy", image: "proxyv2" },
    ],
});
const BARE = pod({ containers: [{ name: "probe", image: "probe" }] });

const GOOD: Readonly<Record<Question, AdmissionAnswer>> = {
    sidecar: NATIVE,
    gateway: pod({ containers: [{ name: "istio-proxy", image: "proxyv2" }] }),
    guard: refused(REFUSED_BY_GUARD),
    sound: accepted({}),
    unsound: refused(REFUSED_BY_ISTIO),
};

function questionOf(request: AdmissionRequest): Question {
    const text = JSON.stringify(request.object);
    if (request.kind === "VirtualService") {
        return text.includes("destination") ? "sound" : "unsound";
    }
    if (request.namespace === "istio-system") {
        return "gateway";
    }
    return text.includes('"sidecar.istio.io/inject":"false"') ? "guard" : "sidecar";
}

/** A cluster that answers from a list of rounds; the last one goes on for ever. */
function cluster(...rounds: readonly Partial<Record<Question, AdmissionAnswer>>[]): {
    readonly client: AdmissionClient;
    readonly rounds: () => number;
} {
    const asked = new Map<Question, number>();
    return {
        client: {
            dryRun: (request) => {
                const question = questionOf(request);
                const round = asked.get(question) ?? 0;
                asked.set(question, round + 1);
                const answers = rounds[Math.min(round, rounds.length - 1)] ?? {};
                return Promise.resolve(answers[question] ?? GOOD[question]);
            },
        },
        rounds: () => asked.get("sidecar") ?? 0,
    };
}

describe("the webhook gate", () => {
    it("opens after two good rounds", async () => {
        const { client, rounds } = cluster({});
        await webhooksAnswer(client, WHERE, 1);
        strictEqual(rounds(), 2);
    });

    it("takes a sidecar among the plain containers as well", async () => {
        const { client } = cluster({ sidecar: CLASSIC });
        await webhooksAnswer(client, WHERE, 1);
    });

    it("goes on asking until injector and validator are both there", async () => {
        const { client, rounds } = cluster(
            { sidecar: refused("namespaces not found"), sound: refused("no such kind") },
            { sidecar: BARE, unsound: accepted({}) },
            { unsound: accepted({}) },
            {},
        );
        await webhooksAnswer(client, WHERE, 1);
        strictEqual(rounds(), 5);
    });

    it("counts anew when a replica falls back after a good round", async () => {
        const { client, rounds } = cluster({}, { sound: refused(UNREACHABLE) }, {});
        await webhooksAnswer(client, WHERE, 1);
        strictEqual(rounds(), 4);
    });

    const STUCK: readonly {
        readonly what: string;
        readonly answers: Partial<Record<Question, AdmissionAnswer>>;
        readonly line: string;
    }[] = [
        {
            what: "a pod comes back without sidecar",
            answers: { sidecar: BARE },
            line: "the injector gives a pod in a4co its sidecar: the pod came back without istio-proxy",
        },
        {
            what: "the gateway keeps image auto",
            answers: { gateway: pod({ containers: [{ name: "istio-proxy", image: "auto" }] }) },
            line: "the injector fills in the gateway's image in istio-system: the pod came back with image auto",
        },
        {
            what: "the guard lets a bare pod pass",
            answers: { guard: BARE },
            line: "the guard refuses a pod without sidecar in a4co: the pod was accepted",
        },
        {
            what: "something else than the guard refuses the bare pod",
            answers: { guard: refused("exceeded quota") },
            line: "the guard refuses a pod without sidecar in a4co: exceeded quota",
        },
        {
            what: "the validator cannot be reached",
            answers: { sound: refused(UNREACHABLE) },
            line: `the validator accepts a sound VirtualService: ${UNREACHABLE}`,
        },
        {
            what: "nothing validates",
            answers: { unsound: accepted({}) },
            line: "the validator refuses a VirtualService that leads nowhere: it was accepted, so nothing validates yet",
        },
        {
            what: "an unreachable validator looks like a refusal",
            answers: { unsound: refused(UNREACHABLE) },
            line: `the validator refuses a VirtualService that leads nowhere: ${UNREACHABLE}`,
        },
    ];
    for (const { what, answers, line } of STUCK) {
        it(`stays shut and says so when ${what}`, async () => {
            const { client } = cluster(answers);
            await rejects(
                webhooksAnswer(client, { ...WHERE, timeoutSeconds: 0.02 }, 1),
                (error: unknown) => {
                    ok(error instanceof Error);
                    deepStrictEqual(error.message.split("\n"), [
                        "Istio's webhooks did not answer within 0.02 s; nothing that needs them was created",
                        `  ${line}`,
                    ]);
                    return true;
                },
            );
        });
    }
});

describe("the kubeconfig that the program is given", () => {
    for (const [kubeconfig, message] of [
        ["users: [{ token: hunter22 ]", /^the kubeconfig of kubernetes:kubeconfig cannot be read/],
        ["{hunter22", /^the kubeconfig of kubernetes:kubeconfig cannot be read/],
        ["/nowhere/config", /^the kubeconfig \/nowhere\/config cannot be read/],
    ] as const) {
        it(`is quoted by no error: ${kubeconfig}`, () => {
            throws(
                () => kubeConfigOf({ kubeconfig }),
                (error: Error) => {
                    ok(message.test(error.message) && !error.message.includes("hunter22"));
                    return true;
                },
            );
        });
    }
});
