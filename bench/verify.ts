// How long `mesh verify` takes on the running local cluster, and what the time grows with: a whole run for parts of the
// catalogue with more and more edges, then more and more questions to the same pods, beside one `kubectl exec` for each.
import { verify } from "#checks/engine.ts";
import { checksOf } from "#checks/filter.ts";
import { pairs } from "#checks/matrix.ts";
import { exitCodeOf, printError } from "#cli/output.ts";
import { EnvironmentError } from "#errors.ts";
import { kubeConfigOf } from "#live/target.ts";
import { kubeconfigPath } from "#local/cluster.ts";
import { IMAGES } from "#local/versions.ts";
import { declaredEdges } from "#model/authorization.ts";
import type { Catalog } from "#model/intents.ts";
import { catalog } from "#services/catalog.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import { inTurn, printTimes } from "./measure.ts";
import { questionRuns } from "./questions.ts";
import type { MeasuredMesh } from "./questions.ts";

const WHOLE_ROUNDS = 3;

const { signal } = new AbortController();

async function localMesh(): Promise<MeasuredMesh> {
    const file = await kubeconfigPath();
    if (file === undefined) {
        throw new EnvironmentError(
            'There is no local cluster to measure mesh verify on; "mesh up" makes one.',
        );
    }
    const kubeConfig = await kubeConfigOf(file);
    const { mesh } = await declaredMesh({ stack: LOCAL_STACK }, true);
    return { mesh, kubeConfig };
}

/** The first services of the catalogue with what they need: a mesh of its own as far as the checks can see. */
function firstServices(count: number): Catalog {
    const services = catalog.services.slice(0, count);
    const needed = new Set(services.flatMap(({ backing = [] }) => backing));
    return { services, backing: catalog.backing.filter(({ name }) => needed.has(name)) };
}

async function wholeRuns({ mesh, kubeConfig }: MeasuredMesh): Promise<void> {
    const contenders: Record<string, () => Promise<void>> = {};
    for (let count = 1; count <= catalog.services.length; count++) {
        const part = { ...mesh, catalog: firstServices(count) };
        const checks = await checksOf(part);
        const edges = declaredEdges(part.catalog).length;
        const name = `${count} services, ${edges} edges of ${pairs(part.catalog).length} pairs, ${checks.length} checks`;
        contenders[name] = async () => {
            const run = await verify({
                mesh: part,
                kubeConfig,
                probeImage: IMAGES.probe,
                checks,
                signal,
            });
            for (const { check, outcome } of run.results) {
                if (outcome.status === "failed") {
                    throw new EnvironmentError(
                        `What does not hold cannot be measured: ${check.id}: ${outcome.seen}.`,
                    );
                }
            }
        };
    }
    printTimes("mesh verify, probe pods included", await inTurn(contenders, WHOLE_ROUNDS, 0));
}

try {
    const local = await localMesh();
    await wholeRuns(local);
    await questionRuns(local);
} catch (error) {
    printError(error);
    process.exitCode = exitCodeOf(error);
}
