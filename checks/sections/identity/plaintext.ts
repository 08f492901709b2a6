import { runningPods } from "#live/pods.ts";
import type { ProbeResult } from "#live/probes/probe.ts";
import { describeResult, questionOf } from "#live/requests.ts";
import { workloadsOf } from "#model/catalog.ts";
import type { BackingServiceIntent, ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { CONTROL, OUTSIDER, STRANGER } from "#model/reserved-names.ts";
import { anythingTo, listed } from "../../calls.ts";
import type { Check, Outcome, Section } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import type { Question, LiveMesh } from "../../live-mesh.ts";
import { declaredRequests, harmless } from "../../matrix.ts";
import type { StandingOrigin } from "../../probe-pods.ts";
import { CONTROL_PORT } from "../../probe-pods.ts";

/** What a proxy does to a client without a certificate: it ends the connection before a word is exchanged. */
const REFUSED = "ECONNRESET";

const DOCUMENTATION = "https://istio.io/latest/docs/reference/config/security/peer_authentication/";

/** Nobody is spoken to in plain text, neither under the Service's name nor at a pod's address. */
export const plaintextChecks: Section = ({ catalog, context }) => [
    ...workloadsOf(catalog).map((callee): Check => ({
        id: `identity/plaintext/${callee.name}`,
        title: `${callee.name} is not spoken to in plain text`,
        documentation: DOCUMENTATION,
        probes: "mesh",
        run: (live) => refusesPlaintext(live, callee),
    })),
    // Workloads without a PeerAuthentication of their own: the namespace's holds for one, the mesh's for the other.
    ...(
        [
            { namespace: context.namespace, pod: STRANGER },
            { namespace: context.controlPlaneNamespace, pod: INGRESS_GATEWAY },
        ] as const
    ).map(({ namespace, pod }): Check => ({
        id: `identity/plaintext-default/${namespace}`,
        title: `what no policy of its own protects in ${namespace} is not spoken to in plain text`,
        documentation: DOCUMENTATION,
        probes: "mesh",
        run: (live) => defaultRefusesPlaintext(live, pod),
    })),
];

/** One request, to be sent to any address. */
interface Plaintext {
    readonly toCallee: Question;
    readonly toControl: Question;
    readonly reachesControl: (result: ProbeResult) => boolean;
}

interface Target {
    readonly name: string;
    readonly question: Question;
}

async function refusesPlaintext(
    live: LiveMesh,
    callee: ServiceIntent | BackingServiceIntent,
): Promise<Outcome> {
    const pods = await runningPods(live.core, callee.name, live.mesh.context);
    const asked = plaintext(live, callee);
    return refusedBy(live, asked, [
        { name: asked.toCallee.host, question: asked.toCallee },
        ...pods.flatMap(({ name, ip }) =>
            ip === undefined
                ? []
                : [{ name: `pod ${name}`, question: { ...asked.toCallee, host: ip } }],
        ),
    ]);
}

/** Nothing serves in a probe pod, so a proxy that takes plain text answers itself that nobody is there. */
async function defaultRefusesPlaintext(live: LiveMesh, pod: StandingOrigin): Promise<Outcome> {
    const host = await live.addressOf(pod);
    const question = {
        ...questionOf(pod, CONTROL_PORT, "GET", "/", live.mesh.context),
        host,
    };
    return refusedBy(
        live,
        { toCallee: question, toControl: question, reachesControl: ({ status }) => status === 200 },
        [{ name: `the probe pod of ${pod}`, question }],
    );
}

async function refusedBy(
    live: LiveMesh,
    { toControl, reachesControl }: Plaintext,
    targets: readonly Target[],
): Promise<Outcome> {
    const address = await live.addressOf(CONTROL);
    const [control, ...results] = await Promise.all([
        live.ask(OUTSIDER, { ...toControl, host: address, port: CONTROL_PORT }),
        ...targets.map(({ question }) => live.ask(OUTSIDER, question)),
    ]);
    if (!reachesControl(control)) {
        return failed(
            "control: the pod without a sidecar reaches a server outside the mesh",
            `control: ${describeResult(control)}`,
            "Mend the network of the pods first: while the pod reaches nobody, a refusal proves nothing.",
        );
    }
    const wrong = targets.flatMap(({ name }, index) => {
        const result = results[index];
        return result === undefined || isRefused(result) ? [] : [`${name}: ${spoken(result)}`];
    });
    return wrong.length > 0
        ? failed(
              `every connection without a certificate ends with ${REFUSED}`,
              listed(wrong),
              "Set mutual TLS to STRICT in the PeerAuthentication that applies: of the workload, of the namespace or of the root namespace.",
          )
        : passed(`${REFUSED} from ${listed(targets.map(({ name }) => name))}`);
}

/** What is said to a backing service matters little: the connection must end before it is read. */
function plaintext(live: LiveMesh, callee: ServiceIntent | BackingServiceIntent): Plaintext {
    const { context } = live.mesh;
    if (callee.protocol === "http") {
        const { method, path } = harmless(declaredRequests(callee), callee).sent[0] ?? {
            method: "GET",
            path: callee.routes[0].prefix,
        };
        const toCallee = questionOf(callee.name, callee.port, method, path, context);
        return { toCallee, toControl: toCallee, reachesControl: ({ status }) => status === 200 };
    }
    const { host, port, send, expect } = anythingTo(callee, context);
    return {
        toCallee: { host, port, send, expect },
        toControl: { host, port, send: "GET / HTTP/1.0\r\n\r\n", expect: "HTTP/1.1 200 OK" },
        reachesControl: ({ matched }) => matched === true,
    };
}

function isRefused({ status, matched, received = "", error }: ProbeResult): boolean {
    return status === undefined && matched !== true && received === "" && error === REFUSED;
}

function spoken({ status, received, ...result }: ProbeResult): string {
    if (status !== undefined) {
        return `HTTP ${status} in plain text`;
    }
    return received ? `${received.length} bytes in plain text` : describeResult(result);
}
