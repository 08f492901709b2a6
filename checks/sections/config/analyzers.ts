import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inPrivateFolder } from "#files.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { analyzerMessages } from "#stack/tools/istioctl.ts";
import type { AnalyzerMessage } from "#stack/tools/istioctl.ts";
import { findTool, howToGet } from "#stack/tools/find.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";

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
            const tool = await findTool("istioctl");
            const namespaces = [...new Set([namespace, controlPlaneNamespace])];
            return tool === undefined
                ? skipped(`no istioctl on PATH: ${howToGet("istioctl")}`)
                : outcomeOf(await analyze(tool, namespaces, live), namespaces);
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

/** The cluster of the run in a file that only its user can read, gone afterwards: it may hold credentials. */
async function analyze(
    tool: string,
    namespaces: readonly string[],
    { kubeConfig, signal }: LiveMesh,
): Promise<readonly AnalyzerMessage[]> {
    return inPrivateFolder(async (folder) => {
        const file = join(folder, "kubeconfig");
        await writeFile(file, kubeConfig.exportConfig(), { mode: 0o600 });
        const messages = namespaces.map((name) =>
            analyzerMessages(tool, ["--kubeconfig", file, "--namespace", name], signal),
        );
        return (await Promise.all(messages)).flat();
    });
}
