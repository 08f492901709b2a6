import type { Field, Finding } from "../../field.ts";
import { each } from "../../finding.ts";
import { isMeshed, MEMBERSHIP_KINDS } from "../../membership.ts";
import { WORKLOADS } from "../../kinds.ts";
import { ownContainersOf } from "../../proxy-container.ts";
import type { StackRule } from "../../rule.ts";
import { podOf } from "../../workload.ts";

/** What each lets a container do with the redirection of its pod, which all of the pod's containers share. */
const CAPABILITIES: Readonly<Record<string, string>> = {
    ALL: "rewrites the redirection to the sidecar",
    NET_ADMIN: "rewrites the redirection to the sidecar",
    NET_RAW: "sends packets that are redirected nowhere",
    SYS_ADMIN: "rewrites the redirection to the sidecar",
};
const ALLOWED = "only istio-init may";

function check(container: Field): Finding[] {
    const context = container.at("securityContext");
    const privileged = context.at("privileged");
    return [
        ...each(
            () => [privileged],
            (field) =>
                field.flag() === true
                    ? [field.finding(`true ${CAPABILITIES["ALL"] ?? ""}`, ALLOWED)]
                    : [],
        ),
        ...each(
            () => context.at("capabilities", "add").items(),
            (field) => {
                const name = field.text()?.toUpperCase().replace(/^CAP_/, "") ?? "";
                const effect = CAPABILITIES[name];
                return effect === undefined ? [] : [field.finding(`${name} ${effect}`, ALLOWED)];
            },
        ),
    ];
}

/** No application undoes what Istio has set up for its pod. */
export const workloadDisallowCapabilities: StackRule = {
    name: "istio-workload-disallow-capabilities",
    severity: "high",
    level: "mandatory",
    description:
        "No container of the mesh but Istio's own may change its pod's network. Otherwise it takes the redirection to the sidecar away, at will and without a trace, and with it mutual TLS and every policy.",
    remediation: [
        "Remove NET_ADMIN, NET_RAW, SYS_ADMIN and ALL from securityContext.capabilities.add, and privileged.",
        "Run what needs them, such as an agent of the node, in a namespace without injection.",
    ],
    url: "https://istio.io/latest/docs/ops/deployment/application-requirements/",
    exemptible: "everywhere",
    selects: MEMBERSHIP_KINDS,
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(WORKLOADS),
            (workload) => {
                const findings = each(() => ownContainersOf(podOf(workload)), check);
                return findings.length > 0 && isMeshed(stack, workload, settings) ? findings : [];
            },
        ),
};
