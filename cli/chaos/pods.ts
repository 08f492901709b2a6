import type { CoreV1Api } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { runningPods } from "#live/pods.ts";
import type { ChaosIntent } from "#model/chaos.ts";
import { CHAOS_LABEL } from "#model/chaos.ts";
import type { MeshContext } from "#model/mesh.ts";

/**
 * Does to single pods what an experiment is about: labels the one that shall fail, deletes those that shall vanish.
 *
 * @returns their names; none where the experiment is about no single pod
 * @throws EnvironmentError where no pod of the service runs
 */
export async function choosePods(
    core: CoreV1Api,
    { kind, service }: ChaosIntent,
    context: MeshContext,
): Promise<readonly string[]> {
    const { namespace } = context;
    if (kind === "kill-istiod") {
        return killIstiod(core, context);
    }
    if (kind !== "failing" && kind !== "vanish") {
        return [];
    }
    const [pod] = await runningPods(core, service.name, context);
    if (pod === undefined) {
        throw new EnvironmentError(`No pod of ${service.name} runs.`);
    }
    const { name } = pod;
    if (kind === "vanish") {
        // Without grace, as if its node had died: what it was doing is lost.
        await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
    } else {
        await core.patchNamespacedPod({
            namespace,
            name,
            body: [{ op: "add", path: `/metadata/labels/${CHAOS_LABEL}`, value: service.name }],
        });
    }
    return [name];
}

async function killIstiod(
    core: CoreV1Api,
    { controlPlaneNamespace: namespace }: MeshContext,
): Promise<readonly string[]> {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=istiod" });
    const names = items.flatMap(({ metadata }) => metadata?.name ?? []);
    await Promise.all(
        names.map((name) => core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 })),
    );
    return names;
}

/** Takes the label of an experiment off the pods that have it. */
export async function unlabelPods(
    core: CoreV1Api,
    namespace: string,
    labelSelector: string,
): Promise<void> {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    for (const { metadata } of items) {
        await core.patchNamespacedPod({
            namespace,
            name: metadata?.name ?? "",
            body: [{ op: "remove", path: `/metadata/labels/${CHAOS_LABEL}` }],
        });
    }
}
