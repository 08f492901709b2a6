import { EnvironmentError } from "#errors.ts";
import { reasonOf } from "#live/kubernetes/errors.ts";
import { Prometheus } from "#live/prometheus.ts";
import { assertAnswers, findAccess } from "#live/target.ts";
import type { Duration } from "#model/intents.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { keyOf } from "../addon-key.ts";
import { errorAsJson } from "../output.ts";
import { ownPlaces } from "../places.ts";
import { openReport } from "../report-file.ts";
import { formatted } from "./formats.ts";
import { liveGraph } from "./live-graph.ts";
import type { Measurement } from "./metrics.ts";
import { measure } from "./metrics.ts";
import type { GraphCommandOptions } from "./options.ts";

/**
 * Runs `mesh graph`.
 *
 * @throws EnvironmentError for everything the user or the machine must mend
 */
export async function runGraph(options: GraphCommandOptions): Promise<void> {
    const { window, format, output } = options;
    const access = await findAccess(await ownPlaces(), options.context);
    const { stack, mesh } = await declaredMesh(options, access.local);
    const { prometheus } = addonEndpoints(mesh.config);
    const key = keyOf("prometheus", mesh.config, stack);
    if (prometheus === undefined) {
        throw new EnvironmentError(
            `Stack "${stack}" has no Prometheus, from which the graph is drawn; ${key}.`,
        );
    }
    const file = output === undefined ? undefined : await openReport("--output", output);
    try {
        await assertAnswers(access);
        const measurement = await measuredBy(
            new Prometheus(access.kubeConfig, prometheus),
            window,
            (reason) => `Prometheus at ${prometheus} cannot be asked: ${reason}; ${key}.`,
        );
        const text = await formatted(liveGraph(measurement, { stack, mesh, window }), format);
        await (file === undefined ? process.stdout.write(text) : file.write(text));
    } catch (error) {
        if (format === "json") {
            await file?.write(errorAsJson(error));
        }
        throw error;
    } finally {
        await file?.close();
    }
}

async function measuredBy(
    prometheus: Prometheus,
    window: Duration,
    sentence: (reason: string) => string,
): Promise<Measurement> {
    try {
        return await measure(prometheus, window);
    } catch (error) {
        throw new EnvironmentError(sentence(reasonOf(error)));
    }
}
