import assert from "node:assert/strict";
import { cp, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { Options, ResultPromise } from "execa";
import { execa } from "execa";
import { Prometheus } from "#live/prometheus.ts";
import { ProbeSession } from "#live/probes/session.ts";
import { paths } from "#local/node/layout.ts";
import type { HostPorts } from "#local/node/layout.ts";
import { recordedPorts } from "#local/node/ports.ts";
import { IMAGES } from "#local/versions.ts";
import type { MeshContext } from "#model/mesh.ts";
import { catalog } from "#services/catalog.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import { loadMeshConfig, meshContext } from "#stack/config.ts";
import type { MeshConfig } from "#stack/config.ts";
import { STACKS } from "../render/render.ts";
import { stackConfig } from "../render/stack-config.ts";

/** The checkout under test. */
export const CHECKOUT = resolve(import.meta.dirname, "../..");

/** The stack of the local cluster. */
const STACK = "local";

/** Longest time a `mesh` command may take with warm caches; a cold one builds the toolchain first. */
const COMMAND_TIMEOUT_MS = 20 * 60_000;

const SESSION_SECONDS = 600;

/** How a `mesh` command ended. */
export interface MeshRun {
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
    readonly seconds: number;
}

const COMMAND = {
    cwd: CHECKOUT,
    reject: false,
    timeout: COMMAND_TIMEOUT_MS,
} as const satisfies Options;

/** Starts `mesh`, to be watched or killed while it runs. */
export function startMesh(...args: readonly string[]): ResultPromise<typeof COMMAND> {
    return execa(process.execPath, ["bin/mesh.js", ...args], COMMAND);
}

/** Runs `mesh` of a checkout to its end. */
export async function meshOf(checkout: string, ...args: readonly string[]): Promise<MeshRun> {
    const begun = performance.now();
    const result = await execa(process.execPath, [join(checkout, "bin/mesh.js"), ...args], {
        ...COMMAND,
        cwd: checkout,
    });
    return {
        exitCode: result.exitCode ?? -1,
        stdout: result.stdout,
        stderr: result.stderr,
        seconds: (performance.now() - begun) / 1000,
    };
}

export function mesh(...args: readonly string[]): Promise<MeshRun> {
    return meshOf(CHECKOUT, ...args);
}

/** What a successful `mesh up` said. */
export interface UpRun extends MeshRun {
    readonly created: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly deleted: number;
    /** How many checks were shown to hold. */
    readonly checks: number;
}

/** Runs `mesh up`, which must succeed with all its checks. */
export async function up(): Promise<UpRun> {
    const run = await mesh("up");
    assert.equal(run.exitCode, 0, `mesh up failed:\n${run.stdout}\n${run.stderr}`);
    const counts = /Mesh: (\d+) created, (\d+) changed, (\d+) unchanged, (\d+) deleted/.exec(
        run.stdout,
    );
    assert.ok(counts, `mesh up tells no counts:\n${run.stdout}`);
    const [created = -1, changed = -1, unchanged = -1, deleted = -1] = counts.slice(1).map(Number);
    const shown = /Enforcement: (\d+) checks of identity and authorization hold$/m.exec(run.stdout);
    assert.ok(shown, `mesh up shows no checks that all hold:\n${run.stdout}`);
    const checks = Number(shown[1]);
    return { ...run, created, changed, unchanged, deleted, checks };
}

/** Files a checkout needs to run `mesh`. */
const PROGRAM = [
    "bin",
    "checks",
    "cli",
    "components",
    "network",
    "demo",
    "errors.ts",
    "files.ts",
    "live",
    "local",
    "model",
    "program",
    "prove",
    "services",
    "wait.ts",
    "stack",
    "index.ts",
    "package.json",
    "tsconfig.json",
    "Pulumi.yaml",
    "Pulumi.local.yaml",
    "Pulumi.dev.yaml",
];

/** Another checkout with the same packages; whoever asks removes it. */
export async function copyOfCheckout(): Promise<string> {
    const other = await mkdtemp(join(tmpdir(), "a4co-mesh-checkout-"));
    for (const name of PROGRAM) {
        await cp(join(CHECKOUT, name), join(other, name), { recursive: true });
    }
    await symlink(join(CHECKOUT, "node_modules"), join(other, "node_modules"));
    return other;
}

/** The local cluster's kubeconfig, read anew: a new cluster has new certificates. */
export function kubeConfig(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(paths.kubeconfig);
    return config;
}

export function coreApi(): CoreV1Api {
    return kubeConfig().makeApiClient(CoreV1Api);
}

/** Configuration of the local stack, as the program reads it. */
const config: MeshConfig = loadMeshConfig(stackConfig(STACK, STACKS[STACK]), catalog);

/** The mesh of the local stack. */
export const context: MeshContext = meshContext(config);

/** The local stack's Prometheus. */
export function stackPrometheus(): Prometheus {
    const { prometheus } = addonEndpoints(config);
    assert.ok(prometheus);
    return new Prometheus(kubeConfig(), prometheus);
}

/** Ports of the cluster on this machine. */
export async function hostPorts(): Promise<HostPorts> {
    const ports = await recordedPorts();
    assert.ok(ports, `there is no ${paths.ports}`);
    return ports;
}

/** A session of probe pods on the cluster that runs now. */
export function probeSession(): ProbeSession {
    return new ProbeSession({
        kubeConfig: kubeConfig(),
        image: IMAGES.probe,
        lifetimeSeconds: SESSION_SECONDS,
    });
}

/**
 * Waits until `check` neither throws nor answers `false`. A bare `assert.ok` has no place in it: each time it fails, it
 * parses the whole file for its message, which takes seconds.
 *
 * @throws Error naming what was awaited, with the last reason, after `seconds`
 */
export async function eventually<T>(
    what: string,
    seconds: number,
    check: () => Promise<T>,
): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        let reason: unknown = "it is not so";
        try {
            const value = await check();
            if (value !== false) {
                return value;
            }
        } catch (error) {
            reason = error;
        }
        if (Date.now() > deadline) {
            const why = reason instanceof Error ? reason.message : String(reason);
            throw new Error(`${what}: not within ${seconds} s (${why})`, { cause: reason });
        }
        await sleep(250);
    }
}
