import { randomUUID } from "node:crypto";
import type { KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import { LiveMesh } from "#checks/live-mesh.ts";
import { declaredRequests, pairs } from "#checks/matrix.ts";
import { ProbePods } from "#checks/probe-pods.ts";
import type { ProbeResult } from "#live/probes/probe.ts";
import { ProbeSession } from "#live/probes/session.ts";
import { questionOf, refusedByMesh } from "#live/requests.ts";
import { kubeconfigPath } from "#local/cluster.ts";
import { ensureTool } from "#local/toolchain.ts";
import { IMAGES } from "#local/versions.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { inTurn, median, printTimes } from "./measure.ts";

/** The mesh that is measured, and the credentials for its cluster. */
export interface MeasuredMesh {
    readonly mesh: DeclaredMesh;
    readonly kubeConfig: KubeConfig;
}

/** A request that the mesh must refuse. */
interface Refused {
    readonly caller: string;
    readonly question: () => ReturnType<typeof questionOf>;
}

const ROUNDS = 5;
/** How many times every undeclared pair is asked about. */
const MULTIPLES = [1, 4, 16, 64] as const;
/** Longer than all rounds take on a slow machine. */
const SESSION_SECONDS = 900;

/** One request for each undeclared pair, marked anew each time it is asked for: equal ones would be made once. */
function undeclaredRequests({ catalog, context }: DeclaredMesh): readonly Refused[] {
    return pairs(catalog).flatMap(({ caller, callee, declared }) => {
        const service = catalog.services.find(({ name }) => name === callee.name);
        const [request] = service === undefined ? [] : declaredRequests(service);
        if (declared || service === undefined || request === undefined) {
            return [];
        }
        const { method, path } = request;
        const question = (): ReturnType<typeof questionOf> =>
            questionOf(service.name, service.port, method, path, context, randomUUID());
        return [{ caller, question }];
    });
}

function assertRefused(results: readonly ProbeResult[]): void {
    const wrong = results.filter((result) => !refusedByMesh(result));
    if (wrong.length > 0) {
        throw new Error(`${wrong.length} of ${results.length} undeclared requests got through`);
    }
}

/** Measures the same questions asked as `mesh verify` asks them, more and more of them, and as a shell script would. */
export async function questionRuns({ mesh, kubeConfig }: MeasuredMesh): Promise<void> {
    const refused = undeclaredRequests(mesh);
    const session = new ProbeSession({
        kubeConfig,
        image: IMAGES.probe,
        lifetimeSeconds: SESSION_SECONDS,
    });
    const probePods = new ProbePods(session, mesh);
    const { signal } = new AbortController();
    try {
        const isThere = (): Promise<void> => Promise.resolve();
        await Promise.all(refused.map(({ caller }) => probePods.use(caller, isThere)));
        const asVerify = async (multiple: number): Promise<void> => {
            const live = new LiveMesh({ mesh, kubeConfig, probePods, signal });
            const asked = Array.from({ length: multiple }, () => refused).flat();
            assertRefused(
                await Promise.all(
                    asked.map(({ caller, question }) => live.ask(caller, question())),
                ),
            );
        };
        const nameOf = (multiple: number): string => `${multiple * refused.length} requests`;
        const script = await kubectlScript(refused, probePods);
        const peer = `${refused.length} requests, each a kubectl exec of its own, in turn`;
        const taken = await inTurn(
            {
                ...Object.fromEntries(
                    MULTIPLES.map((multiple) => [nameOf(multiple), () => asVerify(multiple)]),
                ),
                [peer]: script,
            },
            ROUNDS,
            1,
        );
        printTimes(
            `undeclared requests of ${new Set(refused.map(({ caller }) => caller)).size} running pods`,
            taken,
        );
        const of = (name: string): number => median(taken.get(name) ?? []);
        const growth = of(nameOf(64)) / of(nameOf(1));
        process.stdout.write(
            `64 times the requests take ${growth.toFixed(1)} times as long; one kubectl exec each takes ${(of(peer) / of(nameOf(1))).toFixed(1)} times as long as batches\n`,
        );
    } finally {
        await session.close();
    }
}

/** What a shell script would do instead. */
async function kubectlScript(
    refused: readonly Refused[],
    probePods: ProbePods,
): Promise<() => Promise<void>> {
    const kubectl = await ensureTool("kubectl");
    const kubeconfig = (await kubeconfigPath()) ?? "";
    return async () => {
        for (const { caller, question } of refused) {
            const { host, port, path, method, headers } = question();
            const url = JSON.stringify(`http://${host}:${port}${path}`);
            const request = `fetch(${url}, ${JSON.stringify({ method, headers })})`;
            const { stdout } = await probePods.use(caller, ({ namespace, name }) =>
                execa(kubectl, [
                    "--kubeconfig",
                    kubeconfig,
                    "exec",
                    "--namespace",
                    namespace,
                    "--container",
                    "probe",
                    name,
                    "--",
                    "node",
                    "--eval",
                    `${request}.then(({ status }) => console.log(status))`,
                ]),
            );
            if (stdout !== "403") {
                throw new Error(`an undeclared request got ${stdout}`);
            }
        }
    };
}
