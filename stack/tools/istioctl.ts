import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { inPrivateFolder } from "#files.ts";

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

const TIMEOUT_MILLISECONDS = 30_000;

/**
 * What Istio's own analyzers say.
 *
 * @param istioctl its path
 * @param args what they look at
 * @throws Error where istioctl says something else, or nothing in time
 */
export async function analyzerMessages(
    istioctl: string,
    args: readonly string[],
    signal?: AbortSignal,
): Promise<readonly AnalyzerMessage[]> {
    const { stdout, stderr, shortMessage } = await execa(
        istioctl,
        ["analyze", ...args, "--output", "json"],
        {
            reject: false,
            timeout: TIMEOUT_MILLISECONDS,
            ...(signal && { cancelSignal: signal }),
        },
    );
    try {
        return JSON.parse(stdout) as readonly AnalyzerMessage[];
    } catch (error) {
        throw new Error(`istioctl analyze: ${stderr === "" ? (shortMessage ?? "") : stderr}`, {
            cause: error,
        });
    }
}

/** What the analyzers judge where no cluster is asked. */
export interface Analyzed {
    readonly objects: readonly object[];
    /** Istio's mesh configuration in YAML; absent where it is not known. */
    readonly meshConfig?: string | undefined;
}

/**
 * What Istio's own analyzers say to objects that are in no cluster. They are written where only this user can read them,
 * and are gone afterwards.
 *
 * @throws Error as {@link analyzerMessages}
 */
export async function offlineMessages(
    istioctl: string,
    { objects, meshConfig }: Analyzed,
    signal?: AbortSignal,
): Promise<readonly AnalyzerMessage[]> {
    return inPrivateFolder(async (folder) => {
        const files = { objects: join(folder, "objects.yaml"), mesh: join(folder, "mesh.yaml") };
        // JSON is YAML as well, and is written in no time.
        const text = objects.map((object) => JSON.stringify(object)).join("\n---\n");
        await writeFile(files.objects, text, { mode: 0o600 });
        if (meshConfig !== undefined) {
            await writeFile(files.mesh, meshConfig, { mode: 0o600 });
        }
        const args = [
            "--use-kube=false",
            // Without it only what is in the namespace `default` is reported.
            "--all-namespaces",
            ...(meshConfig === undefined ? [] : ["--meshConfigFile", files.mesh]),
            files.objects,
        ];
        return analyzerMessages(istioctl, args, signal);
    });
}
