import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { execIn } from "#live/kubernetes/exec.ts";
import { PROBE_CONTAINER } from "#live/probes/pod.ts";
import type { ProbePod } from "#live/probes/session.ts";

/** The folder with the k6 scripts, which run as well without `mesh`. */
const SCRIPTS = resolve(import.meta.dirname, "k6");

/** One request that k6 made. */
export interface K6Request {
    /** Unix milliseconds at its end. */
    readonly at: number;
    readonly milliseconds: number;
    /** HTTP status; 0 where no answer came. */
    readonly status: number;
    /** Whether a proxy marked its answer with `x-envoy-overloaded`. */
    readonly overloaded: boolean;
}

export interface K6Run {
    readonly kubeConfig: KubeConfig;
    /** A pod of the k6 image, with the identity to call with. */
    readonly pod: ProbePod;
    /** File in `k6/`, for example `steady-rate.js`. */
    readonly script: string;
    /** The script's `__ENV`. Never a secret. */
    readonly env: Readonly<Record<string, string>>;
    readonly timeoutSeconds: number;
    /** Takes the requests as they end. */
    readonly onRequest?: (request: K6Request) => void;
}

interface Sample {
    readonly data: {
        readonly time: string;
        readonly value: number;
        readonly tags: { readonly status?: string; readonly overloaded?: string };
    };
}

/**
 * Runs k6 in a pod.
 *
 * @returns every request, in the order in which they ended
 * @throws Error with what k6 said where it ended with an error
 */
export async function runK6(run: K6Run): Promise<readonly K6Request[]> {
    const requests: K6Request[] = [];
    await execIn(run.kubeConfig, {
        namespace: run.pod.namespace,
        pod: run.pod.name,
        container: PROBE_CONTAINER,
        command: [
            "/usr/bin/k6",
            "run",
            "--quiet",
            "--no-usage-report",
            "--summary-mode=disabled",
            "--log-output=stderr",
            "--out=json=/dev/stdout",
            ...Object.entries(run.env).map(([name, value]) => `--env=${name}=${value}`),
            "-",
        ],
        input: await readFile(join(SCRIPTS, run.script), "utf8"),
        timeoutSeconds: run.timeoutSeconds,
        onLine: (line) => {
            for (const request of requestOf(line)) {
                requests.push(request);
                run.onRequest?.(request);
            }
        },
    });
    return requests;
}

/** The request that a line of k6's JSON output tells of: our scripts write one sample of `answer` for each. */
export function requestOf(line: string): K6Request[] {
    if (!line.includes('"metric":"answer"') || !line.includes('"Point"')) {
        return [];
    }
    const { data } = JSON.parse(line) as Sample;
    return [
        {
            at: Date.parse(data.time),
            milliseconds: data.value,
            status: Number(data.tags.status ?? 0),
            overloaded: data.tags.overloaded === "true",
        },
    ];
}
