import { existsSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { MOST_BYTES, readText, shownName } from "#files.ts";
import { parseYaml } from "#stack/documents.ts";
import { withoutCredentials } from "#stack/shown-value.ts";
import { reasonOf, statusMessage } from "./kubernetes/errors.ts";

/** An official image with Node on its PATH, for clusters that do not have the local one's. */
export const PROBE_IMAGE =
    "docker.io/library/node:24.11.1-alpine3.22@sha256:2867d550cf9d8bb50059a0fff528741f11a84d985c732e60e19e8e75c7239c43";
/** Longest time that an API server may take for its first answer. */
const ANSWER_SECONDS = 10;

/** A cluster, and the credentials for it. */
export interface Access {
    readonly kubeConfig: KubeConfig;
    /** Name of the kubeconfig's context. */
    readonly context: string;
    readonly server: string;
    /** Whether it is the local cluster of this machine. */
    readonly local: boolean;
    /** Whether it was taken because there is no kubeconfig but the local cluster's. */
    readonly fallback: boolean;
}

/** Where a kubeconfig is looked for. */
export interface Places {
    /** As in `KUBECONFIG`: files between `:`. */
    readonly variable: string | undefined;
    readonly home: string;
    /** The local cluster's; `undefined` where there is none. */
    readonly local: string | undefined;
    /** Whether this process runs in a pod, with the token of a ServiceAccount. */
    readonly inPod: boolean;
}

/**
 * The cluster that `kubectl` would take, in a pod its own one, or the local one where there is no kubeconfig.
 *
 * @param wanted name of another context than the current one
 * @throws EnvironmentError where there is no kubeconfig, or no such context in it
 */
export async function findAccess(places: Places, wanted?: string): Promise<Access> {
    const own = filesOf(places);
    const fallback = own.length === 0 && !places.inPod;
    const kubeConfig =
        own.length === 0 && places.inPod
            ? await kubeConfigOfPod()
            : await mergedKubeConfig(
                  fallback && places.local !== undefined ? [places.local] : own,
                  places,
              );
    const context = wanted ?? kubeConfig.getCurrentContext();
    const files = fallback && places.local !== undefined ? [places.local] : own;
    const cluster = chosenCluster(kubeConfig, context, files);
    return {
        kubeConfig,
        context,
        server: withoutCredentials(cluster.server),
        local:
            places.local !== undefined &&
            (await identityOf(kubeConfig)) === (await identityOf(await kubeConfigOf(places.local))),
        fallback,
    };
}

async function mergedKubeConfig(
    [first, ...rest]: readonly string[],
    { home }: Places,
): Promise<KubeConfig> {
    if (first === undefined) {
        throw new EnvironmentError(
            `There is no kubeconfig: KUBECONFIG is not set, ${home} does not exist, and no local cluster runs ("mesh up" makes one).`,
        );
    }
    const kubeConfig = await kubeConfigOf(first);
    for (const file of rest) {
        const other = await kubeConfigOf(file);
        // As for kubectl, the first current context counts.
        const preserve = Boolean(kubeConfig.getCurrentContext());
        ofFile(file, () => {
            kubeConfig.mergeConfig(other, preserve);
        });
    }
    return kubeConfig;
}

/** The token is read anew when it was exchanged. */
async function kubeConfigOfPod(): Promise<KubeConfig> {
    const { ClusterConfig } = await import("#network/cluster-config.ts");
    const kubeConfig = new ClusterConfig();
    kubeConfig.loadFromCluster();
    return kubeConfig;
}

/**
 * The kubeconfig in one file.
 *
 * @throws EnvironmentError where it is none
 */
export async function kubeConfigOf(file: string): Promise<KubeConfig> {
    // Loaded here, because commands that ask no cluster need none of it.
    const { ClusterConfig } = await import("#network/cluster-config.ts");
    const text = await readText(file, MOST_BYTES.configuration);
    // An empty one says nothing, as for kubectl.
    const value = parseYaml(file, text) ?? {};
    if (typeof value !== "object" || Array.isArray(value)) {
        throw new EnvironmentError(
            `Kubeconfig ${shownName(file)}: clusters, contexts and users are needed.`,
        );
    }
    return ofFile(file, () => {
        const kubeConfig = new ClusterConfig();
        // As JSON, of which the client's own reader has nothing to quote.
        kubeConfig.loadFromString(JSON.stringify(value));
        kubeConfig.makePathsAbsolute(dirname(file));
        return kubeConfig;
    });
}

function ofFile<T>(file: string, read: () => T): T {
    try {
        return read();
    } catch (error) {
        throw new EnvironmentError(`Kubeconfig ${shownName(file)}: ${reasonOf(error)}`);
    }
}

/** As kubectl does, files of the variable that do not exist are passed over, but not all of them. */
function filesOf({ variable = "", home }: Places): readonly string[] {
    const named = variable.split(delimiter).filter((file) => file !== "");
    const there = named.filter((file) => existsSync(file));
    if (named.length > 0 && there.length === 0) {
        throw new EnvironmentError(`KUBECONFIG names ${named.join(", ")}, which does not exist.`);
    }
    return named.length === 0 && existsSync(home) ? [home] : there;
}

function chosenCluster(
    kubeConfig: KubeConfig,
    context: string,
    files: readonly string[],
): { readonly server: string } {
    const named = ["The kubeconfig", ...files.map(shownName)].join(" ");
    const names = kubeConfig.getContexts().map(({ name }) => name);
    const there = names.length === 0 ? "it has none" : `there are ${names.join(", ")}`;
    if (!context) {
        throw new EnvironmentError(
            `${named} has no current context; name one with --context (${there}).`,
        );
    }
    if (!names.includes(context)) {
        throw new EnvironmentError(`${named} has no context "${context}"; ${there}.`);
    }
    kubeConfig.setCurrentContext(context);
    const cluster = kubeConfig.getCurrentCluster();
    if (cluster === null) {
        throw new EnvironmentError(
            `${named}: context "${context}" names a cluster that is not there.`,
        );
    }
    return cluster;
}

/** What a cluster is told apart by: its address alone may be that of a cluster since removed. */
async function identityOf(kubeConfig: KubeConfig): Promise<string> {
    const cluster = kubeConfig.getCurrentCluster();
    const authority =
        cluster?.caData !== undefined
            ? Buffer.from(cluster.caData, "base64").toString()
            : cluster?.caFile !== undefined
              ? await readText(cluster.caFile, MOST_BYTES.configuration).catch(() => "")
              : "";
    return `${cluster?.server ?? ""}\n${authority}`;
}

/**
 * Makes sure that the API server answers to these credentials.
 *
 * @throws EnvironmentError with what happened instead
 */
export async function assertAnswers({ kubeConfig, context, server }: Access): Promise<void> {
    const { askApiServer } = await import("#network/cluster-config.ts");
    const refusal = (reason: string): EnvironmentError =>
        new EnvironmentError(
            `The API server ${server} of context "${context}" cannot be asked: ${reason}`,
        );
    const limits = { milliseconds: ANSWER_SECONDS * 1000 };
    const { status, text } = await askApiServer(kubeConfig, "/version", {
        method: "GET",
        limits,
    }).catch((error: unknown) => {
        throw refusal(reasonOf(error));
    });
    if (status !== 200) {
        throw refusal(statusMessage(text) ?? `it answered ${status}`);
    }
}
