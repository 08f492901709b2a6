import { verify } from "#checks/engine.ts";
import { checksOf, selectChecks } from "#checks/filter.ts";
import type { Selection } from "#checks/filter.ts";
import { openReport, reportAsJUnit } from "#checks/junit.ts";
import {
    allHolds,
    header,
    listAsJson,
    listAsText,
    progressLine,
    reportAsJson,
    reportAsText,
} from "#checks/report.ts";
import { assertAnswers, findAccess, PROBE_IMAGE } from "#live/target.ts";
import { IMAGES } from "#local/versions.ts";
import type { StackOptions } from "#stack/declared-mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { interruptible } from "../interrupt.ts";
import { ownPlaces } from "../places.ts";
import { progressOf } from "../progress.ts";

/** What the command line gives. */
export interface VerifyCommandOptions extends Selection, StackOptions {
    readonly list?: true;
    readonly prove?: true;
    /** In seconds. */
    readonly wait?: number;
    readonly json?: true;
    readonly junit?: string;
    readonly context?: string;
    readonly probeImage?: string;
}

/**
 * Runs `mesh verify`.
 *
 * @returns the exit code
 * @throws EnvironmentError for everything the user or the machine must mend
 */
export async function runVerify(options: VerifyCommandOptions, checkout: string): Promise<0 | 1> {
    if (options.prove === true) {
        return proveChecks(options, checkout);
    }
    return options.list === true ? list(options) : runChecksOf(options);
}

async function proveChecks(options: VerifyCommandOptions, checkout: string): Promise<0 | 1> {
    const { assertProvable, runProve } = await import("./proof.ts");
    assertProvable({ ...options });
    const { kubeConfig, local } = await findAccess(await ownPlaces(), options.context);
    const { mesh } = await declaredMesh(options, local);
    const image = options.probeImage ?? IMAGES.probe;
    return runProve({ mesh, kubeConfig, image, checkout }, options.json === true);
}

async function list(options: VerifyCommandOptions): Promise<0> {
    // A kubeconfig that is not there only means that the cluster is not the local one.
    const access = await findAccess(await ownPlaces(), options.context).catch(() => undefined);
    const { stack, mesh } = await declaredMesh(options, access?.local === true);
    const checks = selectChecks(await checksOf(mesh), options);
    process.stdout.write(options.json === true ? listAsJson(stack, checks) : listAsText(checks));
    return 0;
}

async function runChecksOf(options: VerifyCommandOptions): Promise<0 | 1> {
    const access = await findAccess(await ownPlaces(), options.context);
    const { stack, mesh } = await declaredMesh(options, access.local);
    const all = await checksOf(mesh);
    const checks = selectChecks(all, options);
    const file = options.junit === undefined ? undefined : await openReport(options.junit);
    try {
        await assertAnswers(access);
        const { kubeConfig, ...cluster } = access;
        const target = {
            ...cluster,
            stack,
            namespace: mesh.context.namespace,
            controlPlaneNamespace: mesh.context.controlPlaneNamespace,
            probeImage: options.probeImage ?? (access.local ? IMAGES.probe : PROBE_IMAGE),
        };
        const { stdout } = process;
        const json = options.json === true;
        if (!json) {
            stdout.write(header(target, checks.length, all.length));
        }
        const progress = progressOf(json);
        const run = await interruptible("Interrupted. Removing the probe pods.", (signal) =>
            verify({
                mesh,
                kubeConfig,
                probeImage: target.probeImage,
                checks,
                signal,
                ...(options.wait !== undefined && { waitSeconds: options.wait }),
                onProgress: (state) => {
                    progress.now(progressLine(state), state.round > 1 && state.ended === 0);
                },
            }).finally(progress.clear),
        );
        await file?.writeFile(reportAsJUnit(run.results));
        const style = { symbols: stdout.isTTY, colour: stdout.isTTY && stdout.hasColors() };
        stdout.write(json ? reportAsJson(target, run) : reportAsText(run, style));
        return allHolds(run.results) ? 0 : 1;
    } finally {
        await file?.close();
    }
}
