import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { istioChartOf } from "../../istio-chart.ts";
import { isInMesh, isMeshed, MEMBERSHIP_KINDS } from "../../membership.ts";
import { HELM, WORKLOADS } from "../../kinds.ts";
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

function checkPrivileged(field: Field): Finding[] {
    return field.flag() === true
        ? [field.finding(`true ${CAPABILITIES["ALL"] ?? ""}`, ALLOWED)]
        : [];
}

function checkAdded(capabilities: Field): Finding[] {
    return each(
        () => capabilities.at("add").items(),
        (field) => {
            const name = field.text()?.toUpperCase().replace(/^CAP_/, "") ?? "";
            const effect = CAPABILITIES[name];
            return effect === undefined ? [] : [field.finding(`${name} ${effect}`, ALLOWED)];
        },
    );
}

function checkContainer(container: Field): Finding[] {
    const context = container.at("securityContext");
    return judgements(
        () => checkPrivileged(context.at("privileged")),
        () => checkAdded(context.at("capabilities")),
    );
}

/** Charts copy security contexts of their values to containers. */
function checkRelease(release: KubernetesObject): Finding[] {
    const named = (name: string) => fieldsNamed(valueAt(release), (key) => key === name);
    return [
        ...each(() => named("privileged"), checkPrivileged),
        ...each(() => named("capabilities"), checkAdded),
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
    checkStack: (stack, { settings }) => [
        ...each(
            () => stack.of(WORKLOADS),
            (workload) => {
                const findings = each(() => ownContainersOf(podOf(workload)), checkContainer);
                return findings.length > 0 && isMeshed(stack, workload, settings) ? findings : [];
            },
        ),
        ...each(
            () => stack.of(...HELM),
            (release) => {
                const findings = istioChartOf(release) === undefined ? checkRelease(release) : [];
                return findings.length > 0 && isInMesh(stack, release) ? findings : [];
            },
        ),
    ],
};
