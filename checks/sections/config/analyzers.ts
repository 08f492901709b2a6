import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";

/** One message of `istioctl analyze --output json`. */
export interface AnalyzerMessage {
    /** For example `IST0101`. */
    readonly code: string;
    readonly level: string;
    readonly message: string;
    /** For example `VirtualService a4co/order-service`. */
    readonly origin?: string;
    readonly documentationUrl?: string;
}

const TOOL = "istioctl";
/** Environment variable that says where the tool is. */
const TOOL_VARIABLE = "MESH_ISTIOCTL";
const TIMEOUT_MILLISECONDS = 30_000;
/** Istio's levels that say that something is wrong; `Info` is advice. */
const PROBLEM_LEVELS: readonly string[] = ["Error", "Warning"];
/** Pods of this or another run, which come and go while the analyzers read. */
const PROBE_POD = /^Pod \S+\/mesh-probe-/;

/** Istio's own analyzers find nothing wrong in the mesh's two namespaces. No message code is ignored. */
export function analyzers({ context: { namespace, controlPlaneNamespace } }: DeclaredMesh): Check {
    return {
        id: "config/analyzers",
        title: "Istio's own analyzers find neither an error nor a warning",
        documentation: "https://istio.io/latest/docs/ops/diagnostic-tools/istioctl-analyze/",
        run: async (live) => {
            const tool = process.env[TOOL_VARIABLE] ?? TOOL;
            const namespaces = [...new Set([namespace, controlPlaneNamespace])];
            const messages = await withKubeConfig(live.kubeConfig, async (file) =>
                Promise.all(namespaces.map((name) => analyze(tool, file, name, live))),
            );
            const missing = messages.includes(undefined);
            return missing
                ? skipped(
                      `no ${TOOL} on PATH: get the control plane's version from https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/, or set ${TOOL_VARIABLE} to its path`,
                  )
                : outcomeOf(
                      messages.flatMap((found) => found ?? []),
                      namespaces,
                  );
        },
    };
}

/** What the analyzers' messages amount to. */
export function outcomeOf(
    messages: readonly AnalyzerMessage[],
    namespaces: readonly string[],
): Outcome {
    const own = messages.filter(({ origin = "" }) => !PROBE_POD.test(origin));
    const problems = own.filter(({ level }) => PROBLEM_LEVELS.includes(level));
    const where = namespaces.join(" and ");
    if (problems.length === 0) {
        const advice = [...new Set(own.map(({ code }) => code))].join(", ");
        return passed(`nothing in ${where}${advice === "" ? "" : `; advice only: ${advice}`}`);
    }
    const [{ documentationUrl = "https://istio.io/latest/docs/reference/config/analysis/" } = {}] =
        problems;
    return failed(
        `no error and no warning in ${where}`,
        problems
            .map(
                ({ code, level, message, origin = "mesh" }) =>
                    `${level} ${code} (${origin}): ${message}`,
            )
            .join("; "),
        `Read what the code means: ${documentationUrl}`,
    );
}

/** @returns `undefined` where the tool is looked for on PATH and is not there */
async function analyze(
    tool: string,
    kubeConfigFile: string,
    namespace: string,
    { signal }: LiveMesh,
): Promise<readonly AnalyzerMessage[] | undefined> {
    const result = await execa(
        tool,
        ["analyze", "--kubeconfig", kubeConfigFile, "--namespace", namespace, "--output", "json"],
        { reject: false, timeout: TIMEOUT_MILLISECONDS, cancelSignal: signal },
    );
    if (result.code === "ENOENT" && tool === TOOL) {
        return undefined;
    }
    try {
        return JSON.parse(result.stdout) as readonly AnalyzerMessage[];
    } catch (error) {
        const reason = result.stderr === "" ? result.shortMessage : result.stderr;
        throw new Error(`${tool} analyze: ${reason}`, { cause: error });
    }
}

/** The cluster of the run in a file that only its user can read, gone afterwards: it may hold credentials. */
async function withKubeConfig<T>(
    kubeConfig: KubeConfig,
    work: (file: string) => Promise<T>,
): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), "mesh-verify-"));
    try {
        const file = join(folder, "kubeconfig");
        await writeFile(file, kubeConfig.exportConfig(), { mode: 0o600 });
        return await work(file);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}
