import { workloadDisallowCapabilities } from "#policy/rules/workload/disallow-capabilities.ts";
import { UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { deployment, namespace } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const AT = "Deployment a4co/order: spec.template.spec.containers[0].securityContext";
const REWRITES = "rewrites the redirection to the sidecar; only istio-init may";

function order(securityContext: unknown, container: object = {}): Manifest {
    return deployment("a4co/order", {
        spec: { containers: [{ name: "order", image: "order:1", securityContext, ...container }] },
    });
}

describeRule(workloadDisallowCapabilities, {
    compliant: {
        "says nothing": { objects: [namespace(), order(undefined)] },
        "drops all, and may bind low ports": {
            objects: [
                namespace(),
                order({ capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] } }),
            ],
        },
    },
    violating: {
        "the pod's network": {
            objects: [namespace(), order({ capabilities: { add: ["NET_ADMIN"] } })],
            violations: [`${AT}.capabilities.add[0]: NET_ADMIN ${REWRITES}`],
        },
        "everything, written otherwise": {
            objects: [namespace(), order({ capabilities: { add: ["CAP_SYS_ADMIN", "all"] } })],
            violations: [
                `${AT}.capabilities.add[0]: SYS_ADMIN ${REWRITES}`,
                `${AT}.capabilities.add[1]: ALL ${REWRITES}`,
            ],
        },
        "raw packets": {
            objects: [namespace(), order({ capabilities: { add: ["NET_RAW"] } })],
            violations: [
                `${AT}.capabilities.add[0]: NET_RAW sends packets that are redirected nowhere; only istio-init may`,
            ],
        },
        privileged: {
            objects: [namespace(), order({ privileged: true })],
            violations: [`${AT}.privileged: true ${REWRITES}`],
        },
        "a container that only calls itself Istio's": {
            objects: [namespace(), order({ privileged: true }, { name: "istio-init" })],
            violations: [`${AT}.privileged: true ${REWRITES}`],
        },
    },
    unknown: {
        "one capability of two": {
            objects: [namespace(), order({ capabilities: { add: [UNKNOWN, "NET_ADMIN"] } })],
            violations: [`${AT}.capabilities.add[1]: NET_ADMIN ${REWRITES}`],
            advisories: [
                `${AT}.capabilities.add[0]: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "Istio's own containers": {
            objects: [
                namespace(),
                order(
                    { capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
                    { name: "istio-init", image: "docker.io/istio/proxyv2:1.31.1" },
                ),
            ],
        },
        "outside the mesh": {
            objects: [namespace("a4co", {}), order({ privileged: true })],
        },
        "a pod without a sidecar": {
            objects: [
                namespace(),
                deployment("a4co/order", {
                    labels: { "sidecar.istio.io/inject": "false" },
                    spec: { containers: [{ name: "x", securityContext: { privileged: true } }] },
                }),
            ],
        },
    },
});
