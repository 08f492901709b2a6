import type { DeclaredObject } from "#stack/declared-objects.ts";
import { asksLess, bindsLess, goneForGood, kyverno, webhooks } from "./hardening/admission.ts";
import {
    does,
    filterGone,
    moreReferences,
    noBackendTls,
    otherProxy,
    ownListeners,
} from "./hardening/extensions.ts";
import { moreRules, moreSubjects } from "./hardening/grants.ts";
import { hasPods, podsSelected, spec, word } from "./hardening/object.ts";
import type { Judge, Surroundings } from "./hardening/object.ts";
import { arrivalsByLabels, moreArrivals } from "./hardening/packets.ts";
import { looserImages, moreFreedom, noReadiness, ownProxy } from "./hardening/pods.ts";

export type { Surroundings } from "./hardening/object.ts";

/** What surrounds the objects of two sides. */
export function surroundingsOf(
    before: readonly DeclaredObject[],
    after: readonly DeclaredObject[],
): Surroundings {
    const [then, now] = [namesOf(before), namesOf(after)];
    const passing = [...then, ...now].filter((name) => !then.has(name) || !now.has(name));
    return { before, after, passing };
}

function namesOf(objects: readonly DeclaredObject[]): ReadonlySet<string> {
    return new Set(
        objects
            .filter((object) => object.kind === "ServiceAccount" || hasPods(object))
            .flatMap(({ metadata }) => [metadata.name, metadata.labels?.["app"] ?? []].flat()),
    );
}

/**
 * Why a cluster that holds an object as it is now is weaker than one that holds it as it was; for kinds that are no part of
 * Istio's traffic, security or telemetry rules, which are compared by what they do.
 */
export function whyWeaker(
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
    surroundings: Surroundings,
): string | undefined {
    const kind = (is ?? was)?.kind ?? "";
    const judges = [...(JUDGES[kind] ?? []), ...(hasPods(is) && hasPods(was) ? OF_PODS : [])];
    const reasons = judges.flatMap((judge) => judge(was, is, surroundings) ?? []);
    return reasons.length === 0 ? undefined : [...new Set(reasons)].join("; ");
}

const OF_PODS: readonly Judge[] = [
    moreFreedom,
    ownProxy,
    looserImages,
    noReadiness,
    arrivalsByLabels,
];

const JUDGES: Readonly<Record<string, readonly Judge[]>> = {
    ValidatingAdmissionPolicy: [
        goneForGood("the API server no longer refuses what it refused"),
        raised("failurePolicy", ["Ignore", "Fail"], "what cannot be judged is let pass"),
        asksLess,
    ],
    ValidatingAdmissionPolicyBinding: [
        goneForGood("its policy refuses nothing any more"),
        bindsLess,
    ],
    ValidatingWebhookConfiguration: [gone("nobody asks its webhooks any more"), webhooks],
    MutatingWebhookConfiguration: [gone("nobody asks its webhooks any more"), webhooks],
    ClusterPolicy: [goneForGood("what it refused is let pass"), kyverno],
    NetworkPolicy: [moreArrivals],
    Role: [moreRules],
    ClusterRole: [moreRules],
    RoleBinding: [moreSubjects],
    ClusterRoleBinding: [moreSubjects],
    EnvoyFilter: [does("it changes proxies past every other rule"), filterGone],
    WasmPlugin: [does("code of its own handles requests in proxies"), filterGone],
    TrafficExtension: [does("code of its own handles requests in proxies"), filterGone],
    ProxyConfig: [otherProxy],
    Sidecar: [ownListeners],
    ReferenceGrant: [moreReferences],
    BackendTLSPolicy: [noBackendTls],
    Namespace: [podSecurity],
    PodDisruptionBudget: [unprotected],
};

function gone(reason: string): Judge {
    return (was, is) => (was !== undefined && is === undefined ? reason : undefined);
}

function raised(field: string, order: readonly string[], reason: string): Judge {
    return (was, is) => {
        const [before, after] = [spec(was)[field], spec(is)[field]].map((value) =>
            order.indexOf(word(value ?? order.at(-1))),
        );
        return was !== undefined && is !== undefined && (after ?? 0) < (before ?? 0)
            ? reason
            : undefined;
    };
}

/** Whether a budget lets all of its pods go at once. */
function letsAllGo(budget: DeclaredObject): boolean {
    const { minAvailable, maxUnavailable } = spec(budget);
    return [0, "0", "0%"].some((none) => none === minAvailable) || maxUnavailable === "100%";
}

/** Pods that a budget kept, and no other one keeps. Nobody is left whom it would protect where its pods are gone as well. */
function unprotected(
    was: DeclaredObject | undefined,
    _is: DeclaredObject | undefined,
    { after }: Surroundings,
): string | undefined {
    if (was === undefined || letsAllGo(was)) {
        return undefined;
    }
    const { namespace } = was.metadata;
    const keptBy = (budget: DeclaredObject): readonly DeclaredObject[] =>
        podsSelected(after, namespace, spec(budget)["selector"]);
    const kept = new Set(
        after
            .filter(
                (object) =>
                    object.kind === was.kind &&
                    object.metadata.namespace === namespace &&
                    !letsAllGo(object),
            )
            .flatMap(keptBy),
    );
    return keptBy(was).some((pods) => !kept.has(pods))
        ? "all pods behind it may be evicted at once"
        : undefined;
}

const POD_SECURITY = "pod-security.kubernetes.io/enforce";
const POD_SECURITY_LEVELS: readonly (string | undefined)[] = [
    undefined,
    "privileged",
    "baseline",
    "restricted",
];

function podSecurity(
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
): string | undefined {
    const [before, after] = [was, is].map((namespace) =>
        POD_SECURITY_LEVELS.indexOf(namespace?.metadata.labels?.[POD_SECURITY]),
    );
    return was !== undefined && is !== undefined && (after ?? 0) < (before ?? 0)
        ? "less is asked of the pods in it"
        : undefined;
}
