import type { MeshConfig } from "#stack/config.ts";
import { kubernetesLinesOf, unsupportedIstioVersion } from "#stack/istio-versions.ts";
import { kubernetesSupportEnds } from "#stack/kubernetes-versions.ts";
import type { Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";

/** What decides whether a cluster's Kubernetes is supported. */
export interface KubernetesFacts {
    /** As the API server says it, for example `v1.34.4+k3s1`. */
    readonly version: string;
    /** Of the stack, for example `1.31.1`. */
    readonly istioVersion: string;
    readonly environment: MeshConfig["environment"];
    /** As `2026-11-30`. */
    readonly today: string;
}

/** Whether Istio is supported on this Kubernetes, and whether that gets fixes. */
export function judgeKubernetes(facts: KubernetesFacts): Outcome {
    const { version, istioVersion, environment, today } = facts;
    const line = /^v?(\d+\.\d+)\./.exec(version)?.[1] ?? version;
    const lines = kubernetesLinesOf(istioVersion);
    if (lines === undefined) {
        return failed(
            "an Istio whose supported lines of Kubernetes are known",
            `Istio ${istioVersion}`,
            "Set mesh:istioVersion to a supported version.",
        );
    }
    const [oldest, newest] = lines;
    const range = `${oldest} to ${newest}`;
    if (minor(line) < minor(oldest) || minor(line) > minor(newest)) {
        return failed(
            `Kubernetes ${range}, which Istio ${istioVersion} is supported on`,
            version,
            "Bring the cluster to a line of that range, or Istio to one that is supported on this Kubernetes.",
        );
    }
    const end = kubernetesSupportEnds(line);
    if (end !== undefined && today <= end) {
        return passed(
            `${version}: supported until ${end}, and by Istio ${istioVersion} (${range})`,
        );
    }
    const seen =
        end === undefined
            ? `${version}, a line this program has no date for`
            : `${version}, whose support ended on ${end}`;
    return environment === "dev"
        ? skipped(
              `${seen}: a dev stack is not held to it; Istio ${istioVersion} runs on it (${range})`,
          )
        : failed(
              "a line of Kubernetes that gets fixes",
              seen,
              `Upgrade the cluster to a line that is supported on ${today}, at most ${newest}.`,
          );
}

/**
 * Whether every istiod is the declared one.
 *
 * @param running versions as istiod says them: a build of one's own has a suffix, `1.31.0-eed52ebb66ad`
 * @param declared of the stack, for example `1.31.0`
 */
export function judgeIstio(running: readonly string[], declared: string): Outcome {
    const versions = [...new Set(running)].sort();
    const seen = versions.length === 0 ? "no istiod" : versions.join(" and ");
    for (const version of versions) {
        const unsupported = unsupportedIstioVersion(release(version));
        if (unsupported !== undefined) {
            return failed(unsupported, seen, "Upgrade Istio one minor line after the other.");
        }
    }
    return versions.length > 0 && versions.every((version) => release(version) === declared)
        ? passed(`istiod ${seen}, as the stack names ${declared}`)
        : failed(
              `istiod ${declared}, as the stack names it`,
              seen,
              "Deploy the stack, or name the version that shall run in mesh:istioVersion.",
          );
}

function release(version: string): string {
    return version.split("-")[0] ?? version;
}

function minor(line: string): number {
    return Number(line.split(".")[1]);
}
