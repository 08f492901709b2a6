import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { LabelSelector } from "#model/label-selector.ts";
import { isChosen } from "#model/label-selector.ts";
import type { Scene } from "../scene.ts";

interface Rule {
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly operations?: readonly string[];
    readonly scope?: string;
}

/** What a webhook or a policy is asked about. */
interface Matching {
    readonly rules?: readonly Rule[];
    readonly resourceRules?: readonly Rule[];
    readonly namespaceSelector?: LabelSelector;
    readonly objectSelector?: LabelSelector;
}

/** What a webhook or an admission policy that writes does to the mesh's pods; `undefined` where it does not meet them. */
export function strangerAmongWebhooks(object: LiveObject, scene: Scene): string | undefined {
    switch (object.kind) {
        case "MutatingAdmissionPolicy": {
            const spec = (object["spec"] ?? {}) as { readonly matchConstraints?: Matching };
            return touches(spec.matchConstraints ?? {}, scene)
                ? "changes pods of the mesh as they are made"
                : undefined;
        }
        case "MutatingAdmissionPolicyBinding":
            return boundTouches(object, scene)
                ? "puts in force what changes pods of the mesh as they are made"
                : undefined;
        default: {
            const webhooks = (object["webhooks"] ?? []) as readonly (Matching & {
                readonly name: string;
            })[];
            const names = webhooks.filter((each) => touches(each, scene)).map(({ name }) => name);
            const verb = object.kind.startsWith("Mutating")
                ? "can change"
                : "is shown, and may refuse,";
            return names.length === 0
                ? undefined
                : `${verb} pods of the mesh as they are made (${names.join(", ")})`;
        }
    }
}

function boundTouches(binding: LiveObject, scene: Scene): boolean {
    const { policyName } = (binding["spec"] ?? {}) as { readonly policyName?: string };
    return scene.inventory.areas.webhooks.objects.some(
        (object) =>
            object.kind === "MutatingAdmissionPolicy" &&
            object.metadata.name === policyName &&
            strangerAmongWebhooks(object, scene) !== undefined,
    );
}

/** Whether somebody is asked about a declared workload's pods. What its own conditions leave out is not known here. */
function touches(matching: Matching, { pods, inventory }: Scene): boolean {
    const { rules, resourceRules, namespaceSelector = {}, objectSelector = {} } = matching;
    if (!(rules ?? resourceRules ?? []).some(isAboutPods)) {
        return false;
    }
    const labelsOf = new Map(
        inventory.areas.namespaces.objects.map(({ metadata }) => [
            metadata.name,
            metadata.labels ?? {},
        ]),
    );
    return pods.some(
        ({ namespace, labels }) =>
            isChosen(namespaceSelector, labelsOf.get(namespace) ?? {}) &&
            isChosen(objectSelector, labels),
    );
}

function isAboutPods({
    apiGroups = [],
    resources = [],
    operations = [],
    scope = "*",
}: Rule): boolean {
    return (
        scope !== "Cluster" &&
        ["", "*"].some((group) => apiGroups.includes(group)) &&
        ["CREATE", "UPDATE", "*"].some((operation) => operations.includes(operation)) &&
        resources.some((resource) =>
            /^(\*|pods)(\/(\*|ephemeralcontainers|resize))?$/.test(resource),
        )
    );
}
