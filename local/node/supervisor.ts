import { spawn } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { askUntil } from "#wait.ts";
import { nodeProcesses } from "./cgroups.ts";
import { NodeError } from "./errors.ts";
import { paths } from "./layout.ts";
import type { Process } from "./processes.ts";
import { readProcesses, signal } from "./processes.ts";
import { removeService } from "./runit.ts";
import type { ServiceChanges } from "./runit.ts";
import { run, shellQuote, succeeds } from "./shell.ts";

/** Environment of the node's processes: nothing of the caller's shell reaches the cluster. */
const ENVIRONMENT = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LANG: "C.UTF-8",
};

/** What `sv status` says of one service. */
export interface ServiceState {
    readonly name: string;
    readonly state: "run" | "down" | "unsupervised";
    readonly pid?: number;
    /** Seconds since it started or stopped. */
    readonly seconds?: number;
}

/** Whether the node's supervisor runs. */
export async function supervisorRuns(): Promise<boolean> {
    return (await readProcesses(await nodeProcesses())).some(isSupervisor);
}

function isSupervisor(process: Process): boolean {
    return process.name === "runsvdir";
}

/**
 * Starts the supervisor unless it runs. Components whose supervisor was killed are started anew under the new one;
 * pods are not touched.
 *
 * @param joinFiles the cgroup files of {@link ensureCgroups}
 */
export async function ensureSupervisor(joinFiles: readonly string[]): Promise<void> {
    const running = await readProcesses(await nodeProcesses());
    if (running.some(isSupervisor)) {
        return;
    }
    // Left by a killed runsvdir: they hold the locks of the service directories.
    for (const { pid, name } of running) {
        if (name === "runsv" || name === "svlogd") {
            signal(pid, "SIGKILL");
        }
    }
    await mkdir(paths.logs, { recursive: true, mode: 0o700 });
    const script = [
        ...joinFiles.map((file) => `echo $$ >${shellQuote(file)}`),
        `exec /usr/bin/runsvdir -P ${shellQuote(paths.services)} >>${shellQuote(paths.supervisorLog)} 2>&1`,
    ].join("\n");
    const child = spawn("/bin/sh", ["-ec", script], {
        cwd: "/",
        detached: true,
        env: ENVIRONMENT,
        stdio: "ignore",
    });
    const failed = new Promise<never>((_resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code) => {
            reject(
                new NodeError(`The supervisor ended with exit code ${code ?? "none"}.`, [
                    paths.supervisorLog,
                ]),
            );
        });
    });
    await Promise.race([allSupervised(), failed]);
    child.removeAllListeners();
    child.unref();
}

/** Waits until every service directory has its runsv. */
async function allSupervised(): Promise<void> {
    const missing = await askUntil(
        async () => {
            const states = await serviceStates(await readdir(paths.services));
            return states.filter(({ state }) => state === "unsupervised");
        },
        (states) => states.length === 0,
        { milliseconds: 30_000, pause: 50 },
    );
    if (missing.length > 0) {
        throw new NodeError(
            `The supervisor did not take up ${missing.map(({ name }) => name).join(", ")}.`,
            [paths.supervisorLog],
        );
    }
}

/** Makes the services of a running supervisor agree with their descriptions. */
export async function applyChanges(changes: ServiceChanges): Promise<void> {
    for (const name of changes.superfluous) {
        await succeeds(["sv", "force-stop", join(paths.services, name)]);
        await succeeds(["sv", "exit", join(paths.services, name)]);
        await removeService(name);
    }
    const states = await serviceStates(changes.changed);
    // A service that is only now taken up starts by its new description anyway.
    const running = states.filter(({ state }) => state !== "unsupervised");
    if (running.length > 0) {
        const services = running.map(({ name }) => join(paths.services, name));
        // Their supervisors start them again at once. Asked politely, an API server with open watches takes a minute.
        await run(["sv", "kill", ...services]);
    }
    await allSupervised();
}

/** Puts services back up that somebody has stopped by `sv down`. */
export async function raiseServices(names: readonly string[]): Promise<void> {
    const stopped = (await serviceStates(names)).filter(({ state }) => state === "down");
    for (const { name } of stopped) {
        await succeeds(["sv", "up", join(paths.services, name)]);
    }
}

/** The state of these services as their supervisors tell it. */
export async function serviceStates(names: readonly string[]): Promise<ServiceState[]> {
    if (names.length === 0) {
        return [];
    }
    const directories = names.map((name) => shellQuote(join(paths.services, name)));
    // `sv status` fails for a service without supervisor and still says so on stdout.
    const text = await run(["sh", "-c", `sv status ${directories.join(" ")} || true`]);
    return parseStatus(names, text);
}

/** Reads the lines of `sv status`, one a service. */
export function parseStatus(names: readonly string[], text: string): ServiceState[] {
    const lines = text.split("\n");
    return names.map((name) => {
        const line = lines.find((candidate) =>
            candidate.includes(`: ${join(paths.services, name)}: `),
        );
        const match = /^(run|down): [^:]*: (?:\(pid (\d+)\) )?(\d+)s/.exec(line ?? "");
        if (match === null) {
            return { name, state: "unsupervised" };
        }
        const [, state, pid, seconds] = match;
        return {
            name,
            state: state === "run" ? "run" : "down",
            ...(pid === undefined ? {} : { pid: Number(pid) }),
            seconds: Number(seconds),
        };
    });
}
