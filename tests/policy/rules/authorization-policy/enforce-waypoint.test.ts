import { authorizationPolicyEnforceWaypoint } from "#policy/rules/authorization-policy/enforce-waypoint.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, namespace } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const USE = "istio.io/use-waypoint";
const waypoint = manifest("gateway.networking.k8s.io/v1", "Gateway", "a4co/waypoint", {
    gatewayClassName: "istio-waypoint",
});
const found = (kind = "Service"): string =>
    `AuthorizationPolicy a4co/allow: spec.targetRefs[0]: no waypoint of a4co stands before ${kind} payment, so nobody enforces this; a Gateway of class istio-waypoint is needed, and the label istio.io/use-waypoint`;

function at(kind = "Service"): Manifest {
    return allow({}, { selector: undefined, targetRefs: [{ kind, name: "payment" }] });
}

function service(labels: Readonly<Record<string, unknown>>): Manifest {
    return manifest("v1", "Service", "a4co/payment", {}, { labels });
}

describeRule(authorizationPolicyEnforceWaypoint, {
    compliant: {
        "by the namespace": { objects: [at(), namespace("a4co", { [USE]: "waypoint" })] },
        "by the Service": {
            objects: [at(), namespace("a4co", {}), service({ [USE]: "waypoint" })],
        },
        "by a Gateway of the namespace": { objects: [at(), namespace(), waypoint] },
    },
    violating: {
        "with sidecars": { objects: [at(), namespace()], violations: [found()] },
        "a ServiceEntry": {
            objects: [
                at("ServiceEntry"),
                namespace("a4co", { "istio.io/dataplane-mode": "ambient" }),
            ],
            violations: [found("ServiceEntry")],
        },
        "a Service that takes it back": {
            objects: [
                at(),
                namespace("a4co", { [USE]: "waypoint" }),
                waypoint,
                service({ [USE]: "none" }),
            ],
            violations: [found()],
        },
        "a gateway that is no waypoint": {
            objects: [
                at(),
                namespace(),
                manifest("gateway.networking.k8s.io/v1", "Gateway", "a4co/edge", {
                    gatewayClassName: "istio",
                }),
            ],
            violations: [found()],
        },
        tokens: {
            objects: [
                namespace(),
                manifest("security.istio.io/v1", "RequestAuthentication", "a4co/jwt", {
                    targetRef: { kind: "Service", name: "payment" },
                }),
            ],
            violations: [
                found()
                    .replace("AuthorizationPolicy a4co/allow", "RequestAuthentication a4co/jwt")
                    .replace("targetRefs[0]", "targetRef"),
            ],
        },
    },
    unknown: {
        "the label of the namespace": {
            objects: [at(), namespace("a4co", { [USE]: UNKNOWN })],
            advisories: [
                'Namespace a4co: metadata.labels["istio.io/use-waypoint"]: cannot be judged at preview; the value is not known yet',
            ],
        },
    },
    nearMiss: {
        "a namespace of another stack": { objects: [at()] },
        "a policy by labels": { objects: [allow(), namespace()] },
        "a Gateway": { objects: [at("Gateway"), namespace()] },
    },
});
