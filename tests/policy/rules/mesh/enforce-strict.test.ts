import { meshEnforceStrict } from "#policy/rules/mesh/enforce-strict.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function policy(place: string, spec: unknown): Manifest {
    return manifest("security.istio.io/v1", "PeerAuthentication", place, spec);
}

const istiod = release("istiod", "istio-system/istiod");
const strict = { mtls: { mode: "STRICT" } };
const MISSING =
    "Release istio-system/istiod: installs a mesh, and no PeerAuthentication without selector in istio-system is STRICT; a mesh-wide STRICT is required";

describeRule(meshEnforceStrict, {
    compliant: {
        "STRICT in the root namespace": {
            objects: [istiod, policy("istio-system/default", strict)],
        },
        "STRICT in another root namespace": {
            objects: [istiod, policy("mesh-root/default", strict)],
            settings: { rootNamespace: "mesh-root" },
        },
    },
    violating: {
        "no PeerAuthentication at all": { objects: [istiod], violations: [MISSING] },
        "STRICT in application namespaces only": {
            objects: [istiod, policy("a4co/default", strict)],
            violations: [MISSING],
        },
        "STRICT for one workload of the root namespace": {
            objects: [
                istiod,
                policy("istio-system/default", {
                    ...strict,
                    selector: { matchLabels: { app: "x" } },
                }),
            ],
            violations: [MISSING],
        },
        "PERMISSIVE for the mesh": {
            objects: [istiod, policy("istio-system/default", { mtls: { mode: "PERMISSIVE" } })],
            violations: [MISSING],
        },
        "a control plane from rendered YAML": {
            objects: [
                manifest(
                    "apps/v1",
                    "Deployment",
                    "istio-system/istiod",
                    {},
                    { labels: { app: "istiod" } },
                ),
            ],
            violations: [MISSING.replace("Release", "Deployment")],
        },
        "a control plane from an operator": {
            objects: [
                manifest("install.istio.io/v1alpha1", "IstioOperator", "istio-system/mesh", {}),
            ],
            violations: [
                MISSING.replace("Release istio-system/istiod", "IstioOperator istio-system/mesh"),
            ],
        },
        "a chart from a registry": {
            objects: [release("oci://ghcr.io/istio/release/charts/istiod", "istio-system/istiod")],
            violations: [MISSING],
        },
    },
    unknown: {
        "whether a Deployment is the control plane": {
            objects: [
                manifest(
                    "apps/v1",
                    "Deployment",
                    "istio-system/pilot",
                    {},
                    { labels: { app: UNKNOWN } },
                ),
            ],
            advisories: [
                "Deployment istio-system/pilot: metadata.labels.app: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the mode": {
            objects: [istiod, policy("istio-system/default", { mtls: { mode: UNKNOWN } })],
            advisories: [
                "PeerAuthentication istio-system/default: spec.mtls.mode: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the chart": {
            objects: [
                { ...istiod, props: { ...istiod.props, chart: UNKNOWN } },
                policy("a4co/default", strict),
            ],
            advisories: [
                "Release istio-system/istiod: chart: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "an unknown policy beside a STRICT one": {
            objects: [
                istiod,
                policy("istio-system/one", { mtls: { mode: UNKNOWN } }),
                policy("istio-system/default", strict),
            ],
        },
        "a stack that uses the mesh of another one": {
            objects: [release("my-app", "a4co/my-app"), policy("a4co/default", strict)],
        },
        "an application's Deployment": {
            objects: [
                manifest("apps/v1", "Deployment", "a4co/pay", {}, { labels: { app: "pay" } }),
            ],
        },
        "a stack without Istio": {
            objects: [manifest("v1", "Service", "a4co/web")],
            applies: false,
        },
    },
});
