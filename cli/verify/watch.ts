import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { verify } from "#checks/engine.ts";
import type { ReportedRun } from "#checks/report.ts";
import { header, leftOutLine } from "#checks/report.ts";
import { roundAsJson, roundAsText } from "#checks/rounds.ts";
import { watch } from "#checks/watch.ts";
import { assertAnswers } from "#live/target.ts";
import { milliseconds } from "#model/duration.ts";
import type { Duration } from "#model/intents.ts";
import { untilStopped } from "../interrupt.ts";
import type { ListenAddress } from "./metrics.ts";
import { serveMetrics, WatchMetrics } from "./metrics.ts";
import type { VerifyCommandOptions } from "./options.ts";
import { planOf, subjectOf } from "./subject.ts";

/** On loopback: what a mesh lacks is nobody's business who is not asked for. */
const METRICS_ADDRESS: ListenAddress = { host: "127.0.0.1", port: 9188 };

/** What `mesh verify --every` is given. */
interface WatchCommandOptions extends VerifyCommandOptions {
    readonly every: Duration;
}

/**
 * Runs `mesh verify --every` until it is stopped.
 *
 * @returns the exit code: 0 where the last whole round held
 * @throws EnvironmentError for wrong usage; what is wrong later is told of the round
 */
export async function watchChecks(options: WatchCommandOptions, checkout: string): Promise<0 | 1> {
    const { target, all, chosen } = await subjectOf(options);
    const { stack, namespace } = target;
    const metrics = new WatchMetrics({ version: await versionOf(checkout), stack, namespace });
    const server = await serveMetrics(metrics.registry, options.metricsAddress ?? METRICS_ADDRESS);
    const json = options.json === true;
    const { stdout, stderr } = process;
    (json ? stderr : stdout).write(
        `${header(target, chosen.length, all.length)}${leftOutLine(planOf(chosen, options).leftOut)}Every ${options.every}; metrics on ${server.url}\n`,
    );
    try {
        const held = await untilStopped("Stopped. Removing the probe pods.", (signal) =>
            watch({
                everyMilliseconds: milliseconds(options.every),
                signal,
                look: (broken, own) => lookOnce(options, broken, own),
                report: (round) => {
                    metrics.observe(round);
                    stdout.write(json ? roundAsJson(target, round) : roundAsText(round));
                },
            }),
        );
        return held ? 0 : 1;
    } finally {
        server.close();
    }
}

/** One round, with everything read anew: the kubeconfig and the stack may have changed since the last one. */
async function lookOnce(
    options: VerifyCommandOptions,
    broken: ReadonlySet<string>,
    signal: AbortSignal,
): Promise<ReportedRun> {
    const { access, mesh, target, chosen } = await subjectOf(options);
    await assertAnswers(access);
    const { checks, leftOut } = planOf(chosen, options, broken);
    const run = await verify({
        mesh,
        kubeConfig: access.kubeConfig,
        probeImage: target.probeImage,
        checks,
        signal,
    });
    return { ...run, leftOut };
}

async function versionOf(checkout: string): Promise<string> {
    const text = await readFile(join(checkout, "package.json"), "utf8");
    return (JSON.parse(text) as { readonly version: string }).version;
}
