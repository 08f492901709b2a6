import type { V1ContainerStatus, V1Deployment, V1Pod } from "@kubernetes/client-node";

/** A container that ended more recently than this has not shown that it stays up. */
const SETTLED_MINUTES = 5;
/** What a container that is not in use yet waits for. */
const STARTING = ["ContainerCreating", "PodInitializing"];

/** What keeps a Deployment from being fully there; `undefined` where nothing does. */
export function deploymentProblem({ metadata, spec, status }: V1Deployment): string | undefined {
    const wanted = spec?.replicas ?? 1;
    if (wanted === 0) {
        return "it is scaled to 0";
    }
    if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
        return "its last change has not been seen yet";
    }
    const available = status?.conditions?.find(({ type }) => type === "Available");
    if (available?.status !== "True") {
        return `it is not available: ${available?.message ?? "no condition says so"}`;
    }
    const counts = {
        updated: status?.updatedReplicas ?? 0,
        ready: status?.readyReplicas ?? 0,
        available: status?.availableReplicas ?? 0,
    };
    const short = Object.entries(counts).find(([, count]) => count < wanted);
    return short === undefined ? undefined : `${short[1]} of ${wanted} replicas are ${short[0]}`;
}

/**
 * Containers that do not stay up, one phrase each. Restarts of long ago, such as a node's, are none of these.
 *
 * @param now milliseconds since 1970
 */
export function restarting(pods: readonly V1Pod[], now: number): readonly string[] {
    return pods.flatMap(({ metadata, status }) =>
        [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(
            (container) => {
                const problem = unrest(container, now);
                return problem === undefined
                    ? []
                    : [`${metadata?.name ?? "a pod"}/${container.name} ${problem}`];
            },
        ),
    );
}

function unrest(
    { restartCount, state, lastState }: V1ContainerStatus,
    now: number,
): string | undefined {
    const waiting = state?.waiting?.reason;
    if (waiting !== undefined && !STARTING.includes(waiting)) {
        return `waits: ${waiting}`;
    }
    const ended = lastState?.terminated;
    return ended?.finishedAt !== undefined &&
        now - ended.finishedAt.getTime() < SETTLED_MINUTES * 60_000
        ? `restarted ${restartCount} times, last at ${ended.finishedAt.toISOString()} (${ended.reason ?? `exit code ${ended.exitCode}`})`
        : undefined;
}
