import { EnvironmentError } from "#errors.ts";
import { holdsStack } from "#live/stack-record.ts";
import { assertAnswers, findAccess } from "#live/target.ts";
import type { Access } from "#live/target.ts";
import { importNodeImages } from "#local/cluster.ts";
import { ensureImages } from "#local/images/index.ts";
import { IMAGES } from "#local/versions.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { interruptible } from "../interrupt.ts";
import { jsonText, table } from "../output.ts";
import { ownPlaces } from "../places.ts";
import { progressOf } from "../progress.ts";
import { openReport } from "../report-file.ts";
import { choose } from "./choose.ts";
import type { LeftOut } from "./choose.ts";
import { breakerArithmetic, explain } from "./explain.ts";
import { htmlReport } from "./report/index.ts";
import { asItShould, runScenarios } from "./run.ts";
import type { ScenarioResult } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { progressLine, resultAsText, resultsAsJson } from "./summary.ts";

const ON_PRODUCTION = "mesh load makes no requests beside those of real users";

/** What the command line gives. */
export interface LoadCommandOptions {
    readonly service: string;
    readonly caller?: string;
    readonly list?: true;
    readonly explain?: true;
    readonly prove?: true;
    readonly json?: true;
    /** File for the HTML report. */
    readonly report?: string;
}

/**
 * Runs `mesh load`.
 *
 * @returns the exit code
 * @throws EnvironmentError for everything the user or the machine must mend
 */
export async function runLoad(
    names: readonly string[],
    options: LoadCommandOptions,
): Promise<0 | 1> {
    const { stack, mesh } = await declaredMesh({}, true);
    const { catalog, config, context } = mesh;
    const wanted = { ...options, scenarios: names };
    if (names.length > 0 && (options.list === true || options.explain === true)) {
        throw new EnvironmentError(
            `--${options.list === true ? "list" : "explain"} makes no run; no scenario has a place beside it.`,
        );
    }
    if (options.list === true) {
        process.stdout.write(listed(options.json === true));
        return 0;
    }
    if (options.explain === true) {
        const rows = breakerArithmetic(catalog);
        process.stdout.write(
            options.json === true ? jsonText(rows) : explain(catalog, stack, config.replicas),
        );
        return 0;
    }
    const choice = choose(catalog, SCENARIOS, wanted);
    const { kubeConfig } = await localCluster();
    const assertTarget = holdsStack(kubeConfig, { stack, config }, ON_PRODUCTION);
    await assertTarget();
    const file =
        options.report === undefined ? undefined : await openReport("--report", options.report);
    try {
        const json = options.json === true;
        const progress = progressOf(json);
        await importNodeImages(await ensureImages(progress.line, ["k6"]));
        if (!json) {
            progress.line(introduction(choice.service.name, choice.caller, choice.leftOut));
        }
        const begun = Date.now();
        const results = await interruptible(
            "Interrupted. Removing the rehearsal and the load.",
            (signal) =>
                runScenarios({
                    kubeConfig,
                    catalog,
                    context,
                    image: IMAGES.k6,
                    ...choice,
                    assertTarget,
                    prove: options.prove === true,
                    signal,
                    onProgress: (state) => {
                        progress.now(progressLine(state, begun), state.ended);
                    },
                    onResult: (result) => {
                        if (!json) {
                            progress.line(resultAsText(result));
                        }
                    },
                }).finally(progress.clear),
        );
        await file?.write(await htmlReport(results, choice.leftOut, breakerArithmetic(catalog)));
        process.stdout.write(
            json
                ? resultsAsJson(results, choice.leftOut, breakerArithmetic(catalog))
                : `${explain(catalog, stack, config.replicas)}\n${conclusion(results)}`,
        );
        return results.every(asItShould) ? 0 : 1;
    } finally {
        await file?.close();
    }
}

/** The one cluster that load is made on: no real user is on it. */
async function localCluster(): Promise<Access> {
    const places = await ownPlaces();
    const access = await findAccess(places);
    if (!access.local) {
        throw new EnvironmentError(
            `Context "${access.context}" is not the local cluster, the only one that load is made on; unset KUBECONFIG, or set it to what "mesh kubeconfig" prints.`,
        );
    }
    await assertAnswers(access);
    return access;
}

function listed(json: boolean): string {
    const all = SCENARIOS.map(({ name, title }) => ({ name, title }));
    return json ? jsonText(all) : `${table(all.map(({ name, title }) => [name, title]))}\n`;
}

function introduction(service: string, caller: string, leftOut: readonly LeftOut[]): string {
    return [
        `Load on a rehearsal of ${service}, with the identity of ${caller}; what it asks of other services goes to the real ones, marked as probes.`,
        ...leftOut.map(({ scenario, reason }) => `  left out: ${scenario}: ${reason}`),
        "",
    ].join("\n");
}

function conclusion(results: readonly ScenarioResult[]): string {
    const wrong = results.filter((result) => !asItShould(result));
    return wrong.length === 0
        ? `Every declared protection acted (${results.length} ${results.length === 1 ? "run" : "runs"}).\n`
        : `NOT as it should: ${wrong.map(({ scenario, protection }) => `${scenario}${protection ? "" : " without its protection"}`).join(", ")}.\n`;
}
