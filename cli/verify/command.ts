import { verify } from "#checks/engine.ts";
import { checksOf, selectChecks } from "#checks/filter.ts";
import { errorAsJUnit, reportAsJUnit } from "#checks/junit.ts";
import {
    allHolds,
    header,
    leftOutLine,
    listAsJson,
    listAsText,
    progressLine,
    reportAsJson,
    reportAsText,
} from "#checks/report.ts";
import type { ReportedRun, ReportTarget } from "#checks/report.ts";
import { assertAnswers, findAccess } from "#live/target.ts";
import { IMAGES } from "#local/versions.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { interruptible } from "../interrupt.ts";
import { describeError } from "../output.ts";
import { ownPlaces } from "../places.ts";
import { progressOf } from "../progress.ts";
import { openReport } from "../report-file.ts";
import type { VerifyCommandOptions } from "./options.ts";
import { assertTogether } from "./options.ts";
import { planOf, subjectOf } from "./subject.ts";

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
    assertTogether(options);
    if (options.list === true) {
        return list(options);
    }
    if (options.manifests === true) {
        return printManifests(options);
    }
    if (options.every !== undefined) {
        const { watchChecks } = await import("./watch.ts");
        return watchChecks({ ...options, every: options.every }, checkout);
    }
    return runChecksOf(options);
}

async function proveChecks(options: VerifyCommandOptions, checkout: string): Promise<0 | 1> {
    const { assertProvable, runProve } = await import("./proof.ts");
    assertProvable({ ...options });
    const { kubeConfig, local } = await findAccess(await ownPlaces(), options.context);
    const { stack, mesh } = await declaredMesh(options, local);
    const image = options.probeImage ?? IMAGES.probe;
    return runProve({ stack, mesh, kubeConfig, image, checkout }, options.json === true);
}

/** The stack of a command that asks no cluster: one without a kubeconfig is not the local one. */
async function stackAlone(
    options: VerifyCommandOptions,
): Promise<{ readonly stack: string; readonly mesh: DeclaredMesh }> {
    const access = await findAccess(await ownPlaces(), options.context).catch(() => undefined);
    return declaredMesh(options, access?.local === true);
}

async function list(options: VerifyCommandOptions): Promise<0> {
    const { stack, mesh } = await stackAlone(options);
    const checks = selectChecks(await checksOf(mesh), options);
    process.stdout.write(options.json === true ? listAsJson(stack, checks) : listAsText(checks));
    return 0;
}

async function printManifests(options: VerifyCommandOptions): Promise<0> {
    const { manifestsText } = await import("./manifests.ts");
    const { stack, mesh } = await stackAlone(options);
    const { every, probeImage } = options;
    process.stdout.write(manifestsText({ stack, mesh, every, probeImage }));
    return 0;
}

async function runChecksOf(options: VerifyCommandOptions): Promise<0 | 1> {
    const file =
        options.junit === undefined ? undefined : await openReport("--junit", options.junit);
    try {
        const { target, reported } = await ranChecks(options).catch(async (error: unknown) => {
            await file?.write(errorAsJUnit(describeError(error)));
            throw error;
        });
        await file?.write(reportAsJUnit(reported));
        const { stdout } = process;
        const style = { symbols: stdout.isTTY, colour: stdout.isTTY && stdout.hasColors() };
        stdout.write(
            options.json === true ? reportAsJson(target, reported) : reportAsText(reported, style),
        );
        return allHolds(reported.results) ? 0 : 1;
    } finally {
        await file?.close();
    }
}

async function ranChecks(
    options: VerifyCommandOptions,
): Promise<{ readonly target: ReportTarget; readonly reported: ReportedRun }> {
    const { access, mesh, target, all, chosen } = await subjectOf(options);
    const { checks, leftOut } = planOf(chosen, options);
    await assertAnswers(access);
    const json = options.json === true;
    if (!json) {
        process.stdout.write(header(target, chosen.length, all.length) + leftOutLine(leftOut));
    }
    const progress = progressOf(json);
    const run = await interruptible("Interrupted. Removing the probe pods.", (signal) =>
        verify({
            mesh,
            kubeConfig: access.kubeConfig,
            probeImage: target.probeImage,
            checks,
            signal,
            ...(options.wait !== undefined && { waitSeconds: options.wait }),
            onProgress: (state) => {
                progress.now(progressLine(state), state.round > 1 && state.ended === 0);
            },
        }).finally(progress.clear),
    );
    return { target, reported: { ...run, leftOut } };
}
