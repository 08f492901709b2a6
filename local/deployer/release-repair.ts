import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import type { Report } from "#errors.ts";
import type { Objects } from "#live/kubernetes/objects.ts";
import { editObject } from "#live/kubernetes/objects.ts";
import { laidOver } from "#live/kubernetes/declared.ts";
import type { ReleaseDrift } from "./drift.ts";

/** Written into the state of a release that must be upgraded; the program's inputs do not have it, and so differ. */
const MARK = "differs from its manifest";

const properties = z.record(z.string(), z.unknown()).nullish();
const resource = z.looseObject({ urn: z.string(), inputs: properties, outputs: properties });
const deployment = z.looseObject({ resources: z.array(resource).nullish() });

/**
 * Has the engine upgrade releases whose inputs are unchanged: it upgrades what differs from the state, so the state is
 * made to differ.
 */
export async function markForUpgrade(
    stack: Stack,
    drift: readonly ReleaseDrift[],
    report: Report,
): Promise<void> {
    if (drift.length === 0) {
        return;
    }
    for (const { release, lines } of drift) {
        lines.forEach((line) => {
            report(`release ${release.name}: ${line}; it is upgraded`);
        });
    }
    const urns = new Set(drift.map(({ urn }) => urn));
    const exported = await stack.exportStack();
    const state = deployment.parse(exported.deployment);
    const resources = (state.resources ?? []).map((each) =>
        urns.has(each.urn) ? marked(each) : each,
    );
    await stack.importStack({ ...exported, deployment: { ...state, resources } });
}

/** The provider compares with what it keeps itself among the outputs. */
function marked(release: z.infer<typeof resource>): z.infer<typeof resource> {
    return {
        ...release,
        inputs: { ...release.inputs, description: MARK },
        outputs: {
            ...release.outputs,
            description: MARK,
            __inputs: { ...properties.parse(release.outputs?.["__inputs"]), description: MARK },
        },
    };
}

/**
 * Puts the objects of releases back as they are declared. An upgrade alone would not: of kinds that Kubernetes has no
 * patch strategy for, Helm compares two manifests, which are the same, and some changes make its patch invalid.
 */
export async function putBack(objects: Objects, drift: readonly ReleaseDrift[]): Promise<void> {
    for (const object of drift.flatMap((release) => release.objects)) {
        // One that is gone is made by the upgrade.
        await editObject(objects, object, (live) => laidOver(object, live));
    }
}
