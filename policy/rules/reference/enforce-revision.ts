import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { istioChartOf } from "../../istio-chart.ts";
import { HELM, KUBERNETES_GATEWAY, NAMESPACE, WORKLOADS } from "../../kinds.ts";
import { DEFAULT_REVISION, isServed, revisionsOf } from "../../revision.ts";
import type { StackRule } from "../../rule.ts";
import { nearest } from "../../search.ts";
import type { Stack } from "../../stack.ts";
import { podOf } from "../../workload.ts";

const REVISION = "istio.io/rev";

function checkRevision(field: Field, revision: string, stack: Stack): Finding[] {
    if (revision === "" || isServed(stack, revision)) {
        return [];
    }
    const known = revisionsOf(stack);
    return [
        field.finding(
            `no control plane of the stack has revision ${revision}`,
            `the nearest is ${nearest(revision, known) ?? "none"}`,
        ),
    ];
}

/** The label that asks the default control plane goes before the one that names a revision. */
function checkNamespace(labels: Field, stack: Stack): Finding[] {
    const injection = labels.at("istio-injection");
    if (injection.exists) {
        return injection.text() === "enabled"
            ? checkRevision(injection, DEFAULT_REVISION, stack)
            : [];
    }
    const revision = labels.at(REVISION);
    return checkRevision(revision, revision.text() ?? "", stack);
}

/** Whoever asks for a sidecar is heard. */
export const referenceEnforceRevision: StackRule = {
    name: "istio-reference-enforce-revision",
    severity: "high",
    level: "mandatory",
    description:
        "Every revision that a namespace, a pod or a gateway asks for is one of a control plane of the stack, or a tag of one, where the stack installs control planes. Otherwise no injector answers, and pods start without a sidecar: they accept plaintext from everybody, and no policy protects them.",
    remediation: [
        "Name a revision of istiod's chart (value revision), or one of its revisionTags.",
        "For istio-injection: enabled install a control plane without revision, or give one the tag default.",
    ],
    url: "https://istio.io/latest/docs/setup/upgrade/canary/",
    exemptible: "outside production",
    selects: [NAMESPACE, WORKLOADS, KUBERNETES_GATEWAY, ...HELM],
    checkStack: (stack) =>
        judgements(
            () =>
                each(
                    () => stack.of(NAMESPACE),
                    ({ root }) => checkNamespace(root.at("metadata", "labels"), stack),
                ),
            () =>
                each(
                    () => stack.of(WORKLOADS),
                    (workload) => {
                        const label = podOf(workload).at("metadata", "labels", REVISION);
                        return checkRevision(label, label.text() ?? "", stack);
                    },
                ),
            () =>
                each(
                    () => stack.of(KUBERNETES_GATEWAY),
                    ({ root }) => {
                        const label = root.at("metadata", "labels", REVISION);
                        return checkRevision(label, label.text() ?? "", stack);
                    },
                ),
            () =>
                each(
                    () => stack.of(...HELM),
                    (release) => {
                        const revision = valueAt(release, "revision");
                        return istioChartOf(release) === "gateway"
                            ? checkRevision(revision, revision.text() ?? "", stack)
                            : [];
                    },
                ),
        ),
};
