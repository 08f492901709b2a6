import { bringsControlPlane } from "./control-plane.ts";
import type { KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { partOf, revisionOf, valuesOf } from "./istio-part.ts";
import { DEPLOYMENT, INSTALLERS, SAIL } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import type { Stack } from "./stack.ts";

/** The revision of a control plane that has none, and the tag that makes one the default. */
export const DEFAULT_REVISION = "default";

const WEBHOOK: Selector = {
    group: "admissionregistration.k8s.io",
    kind: "MutatingWebhookConfiguration",
};

/** The revisions and tags of a control plane. @throws UnknownValue */
function revisionsAt(object: KubernetesObject): readonly string[] {
    const { group, kind, name, root } = object;
    if (group === SAIL.group && kind === "Istio") {
        // The operator names a revision after its Istio, and where each version has one, by version.
        const version = (root.at("spec", "version").text() ?? "").replaceAll(".", "-");
        return [name, `${name}-${version}`];
    }
    const own = revisionOf(object);
    return [own === "" ? DEFAULT_REVISION : own];
}

/** Tags that the sail operator makes, that istiod's chart makes, and the default one that the base chart names. @throws UnknownValue */
function tagsAt(object: KubernetesObject): readonly string[] {
    if (object.group === SAIL.group && object.kind === "IstioRevisionTag") {
        return [object.name];
    }
    const values = valuesOf(object);
    if (partOf(object) === "base") {
        const revision = values.at("defaultRevision").text() ?? "";
        return revision === "" ? [] : [DEFAULT_REVISION];
    }
    return [values.at("pilot", "revisionTags"), values.at("revisionTags")].flatMap((tags) =>
        tags.texts(),
    );
}

/** The tags of rendered webhooks. @throws UnknownValue */
function webhookTags({ root }: KubernetesObject): readonly string[] {
    const labels = root.at("metadata", "labels");
    const isInjector = labels.at("app").text() === "sidecar-injector";
    return ["istio.io/tag", "istio.io/rev"].flatMap((key) =>
        isInjector ? (labels.at(key).text() ?? []) : [],
    );
}

/** What each object of the stack makes known as revisions, to be asked one by one. */
function sourcesOf(stack: Stack): readonly (() => readonly string[])[] {
    const installers = stack.of(...INSTALLERS);
    return [
        ...[...installers, ...stack.of(DEPLOYMENT)].map(
            (object) => () => (bringsControlPlane(object) ? revisionsAt(object) : []),
        ),
        ...installers.map((object) => () => tagsAt(object)),
        ...stack.of(WEBHOOK).map((object) => () => webhookTags(object)),
    ];
}

/** Whether the stack says which revisions there are: it installs a control plane. @throws UnknownValue */
export function hasControlPlane(stack: Stack): boolean {
    return stack.once(hasControlPlane, () =>
        some(stack.of(...INSTALLERS, DEPLOYMENT), bringsControlPlane),
    );
}

/** Whether a control plane answers for a revision or tag; so it is where the stack installs none. @throws UnknownValue */
export function isServed(stack: Stack, revision: string): boolean {
    return (
        !hasControlPlane(stack) ||
        stack.once(`serves ${revision}`, () =>
            some(sourcesOf(stack), (revisions) => revisions().includes(revision)),
        )
    );
}

/** The revisions and tags of the stack's control planes. @throws UnknownValue */
export function revisionsOf(stack: Stack): readonly string[] {
    return [...new Set(sourcesOf(stack).flatMap((revisions) => revisions()))];
}
