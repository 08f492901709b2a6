import type { Progress } from "#checks/engine.ts";
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
import type { Access } from "#live/target.ts";
import { assertAnswers, findAccess, PROBE_IMAGE } from "#live/target.ts";
import { IMAGES } from "#local/versions.ts";
import type { StackOptions } from "#stack/declared-mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { onInterrupt } from "../interrupt.ts";
import { ownPlaces } from "../places.ts";

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

/** Clears the line and goes to its beginning. */
const CLEAR_LINE = "\r\x1b[K";

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
        const target = {
            ...shown(access),
            stack,
            namespace: mesh.context.namespace,
            controlPlaneNamespace: mesh.context.controlPlaneNamespace,
            probeImage: options.probeImage ?? (access.local ? IMAGES.probe : PROBE_IMAGE),
        };
        const { stdout } = process;
        if (options.json !== true) {
            stdout.write(header(target, checks.length, all.length));
        }
        const interruption = onInterrupt("Interrupted. Removing the probe pods.");
        const live = stdout.isTTY && options.json !== true;
        const run = await interruption
            .guard(
                verify({
                    mesh,
                    kubeConfig: access.kubeConfig,
                    probeImage: target.probeImage,
                    checks,
                    signal: interruption.signal,
                    ...(options.wait !== undefined && { waitSeconds: options.wait }),
                    ...(live && { onProgress: showProgress }),
                }),
            )
            .finally(() => {
                stdout.write(live ? CLEAR_LINE : "");
            });
        interruption.release();
        await file?.writeFile(reportAsJUnit(run.results));
        const style = { symbols: stdout.isTTY, colour: stdout.isTTY && stdout.hasColors() };
        stdout.write(options.json === true ? reportAsJson(target, run) : reportAsText(run, style));
        return allHolds(run.results) ? 0 : 1;
    } finally {
        await file?.close();
    }
}

function shown({ context, server, local, fallback }: Access): Omit<Access, "kubeConfig"> {
    return { context, server, local, fallback };
}

function showProgress(progress: Progress): void {
    process.stdout.write(`${CLEAR_LINE}${progressLine(progress)}`);
}
