import { EnvironmentError } from "#errors.ts";
import { runningPods } from "#live/pods.ts";
import { rehearsed } from "#live/rehearsal/objects.ts";
import { holdsStack } from "#live/stack-record.ts";
import type { Access } from "#live/target.ts";
import { assertAnswers, findAccess, PROBE_IMAGE } from "#live/target.ts";
import { IMAGES } from "#local/versions.ts";
import type { StackOptions, DeclaredMesh } from "#stack/declared-mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { interruptible } from "../interrupt.ts";
import { jsonText } from "../output.ts";
import { ownPlaces } from "../places.ts";
import { progressOf } from "../progress.ts";
import { Experiments } from "./experiments.ts";
import { findingsOf } from "./judge.ts";
import { announcement, holds, listAsText, resultAsJson, resultAsText } from "./report.ts";
import { readChaosRequest, whyNot } from "./request.ts";
import type { ChaosRequest } from "./request.ts";
import { runExperiment } from "./run.ts";
import { measuredRequest, rehearsedRequest } from "./traffic.ts";

const ON_PRODUCTION = "mesh chaos fails no requests of real users";

/** Which cluster, and which of its stacks. */
export interface ChaosTarget extends StackOptions {
    readonly context?: string;
    readonly json?: true;
}

export interface ChaosRunCommand extends ChaosTarget, Omit<ChaosRequest, "kind" | "service"> {
    /** Whole seconds. */
    readonly for: number;
    readonly probeImage?: string;
    /** Does it to a copy of the service with the replicas it declares. */
    readonly rehearsal?: true;
}

/**
 * Runs `mesh chaos run`.
 *
 * @returns 1 where the experiment, the declared protection or the end did not act, else 0
 * @throws EnvironmentError for what cannot or must not be tried, before anything is done
 */
export async function runChaos(
    kind: ChaosRequest["kind"],
    service: string,
    options: ChaosRunCommand,
): Promise<0 | 1> {
    const { access, stack, mesh, experiments } = await open(options);
    const { config, context } = mesh;
    // In prod everything is refused, so it is said before what else may be wrong.
    if (config.environment === "prod") {
        throw new EnvironmentError(`This stack's environment is prod: ${ON_PRODUCTION}.`);
    }
    const asked = readChaosRequest({ ...options, kind, service }, mesh.catalog);
    if (typeof asked === "string") {
        throw new EnvironmentError(asked);
    }
    const original = options.rehearsal === true ? asked.service : undefined;
    if (original !== undefined && kind !== "failing" && kind !== "vanish") {
        throw new EnvironmentError(
            `--rehearsal is for failing and vanish: only what happens to a pod happens to a copy's as well, and ${kind} is about the real callers.`,
        );
    }
    const intent = original === undefined ? asked : { ...asked, service: rehearsed(original) };
    const { name } = intent.service;
    const request =
        original === undefined ? measuredRequest(intent, mesh.catalog) : rehearsedRequest(intent);
    if (request === undefined) {
        throw new EnvironmentError(
            original === undefined
                ? `No exposed service leads from the gateway over ${intent.caller} to ${service} with a request that changes nothing, so nobody could see what the experiment does.`
                : `${intent.caller} may make no request to ${service} that is known to change nothing.`,
        );
    }
    await assertAnswers(access);
    const assertTarget = holdsStack(access.kubeConfig, { stack, config }, ON_PRODUCTION);
    await assertTarget();
    const { CoreV1Api } = await import("@kubernetes/client-node");
    const core = access.kubeConfig.makeApiClient(CoreV1Api);
    const reason = whyNot(intent, {
        environment: config.environment,
        pods:
            original === undefined
                ? (await runningPods(core, service, context)).length
                : original.replicas,
    });
    if (reason !== undefined) {
        throw new EnvironmentError(reason);
    }
    await experiments.assertNone(name);
    await experiments.assertPlace(intent);
    await assertTarget();
    await experiments.sweep();
    const progress = progressOf(options.json === true);
    progress.line(announcement(intent, request, options.for, context));
    let [answers, failed] = [0, 0];
    const facts = await interruptible("Interrupted. Ending the experiment.", (signal) =>
        runExperiment({
            intent,
            request,
            original,
            catalog: mesh.catalog,
            kubeConfig: access.kubeConfig,
            config,
            context,
            experiments,
            assertTarget,
            probeImage: options.probeImage ?? (access.local ? IMAGES.probe : PROBE_IMAGE),
            seconds: options.for,
            signal,
            report: (line) => {
                progress.line(`  ${line}`);
            },
            onAnswer: ({ status = 599 }) => {
                answers += 1;
                failed += status < 400 ? 0 : 1;
                progress.now(`  ${answers} requests, ${failed} failed`);
            },
        }).finally(progress.clear),
    );
    const verdicts = findingsOf(facts);
    process.stdout.write(
        options.json === true ? resultAsJson(facts, verdicts) : resultAsText(facts, verdicts),
    );
    return holds(verdicts) ? 0 : 1;
}

/** Runs `mesh chaos list`. */
export async function listChaos(options: ChaosTarget): Promise<void> {
    const { access, experiments } = await open(options);
    await assertAnswers(access);
    const running = await experiments.list();
    process.stdout.write(
        options.json === true ? jsonText({ experiments: running }) : listAsText(running),
    );
}

/**
 * Runs `mesh chaos stop`.
 *
 * @param id name of the service whose experiment ends
 * @throws EnvironmentError where neither or both of an id and `--all` are given, or no such experiment runs
 */
export async function stopChaos(
    id: string | undefined,
    options: ChaosTarget & { readonly all?: true },
): Promise<void> {
    if ((id === undefined) === (options.all !== true)) {
        throw new EnvironmentError(
            'Name one experiment ("mesh chaos list" shows them), or say --all.',
        );
    }
    const { access, experiments } = await open(options);
    await assertAnswers(access);
    const running = await experiments.list();
    const ended = running.filter((experiment) => id === undefined || experiment.id === id);
    if (id !== undefined && ended.length === 0) {
        throw new EnvironmentError(
            `No experiment "${id}" runs; there ${running.length === 1 ? "is" : "are"} ${running.map((one) => one.id).join(", ") || "none"}.`,
        );
    }
    await experiments.stop(id);
    process.stdout.write(
        options.json === true
            ? jsonText({ ended })
            : ended.map(({ id: which, what }) => `Ended on ${which}: ${what}.\n`).join("") ||
                  "No experiment runs.\n",
    );
}

async function open(options: ChaosTarget): Promise<{
    readonly access: Access;
    readonly stack: string;
    readonly mesh: DeclaredMesh;
    readonly experiments: Experiments;
}> {
    const access = await findAccess(await ownPlaces(), options.context);
    const { stack, mesh } = await declaredMesh(options, access.local);
    return { access, stack, mesh, experiments: new Experiments(access.kubeConfig, mesh.context) };
}
