import { kialiDisallowAnonymous } from "#policy/rules/kiali/disallow-anonymous.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function kiali(strategy: unknown, viewOnly?: unknown, chart = "kiali-server"): Manifest {
    return release(chart, "istio-system/kiali", {
        auth: { strategy },
        deployment: { view_only_mode: viewOnly },
    });
}

const development = { settings: { production: false } };
const OPEN =
    "anonymous opens Kiali to whoever reaches it; token, openid, openshift or header is required in production";
const WRITABLE = "an anonymous Kiali that may change the mesh; true is required beside anonymous";

describeRule(kialiDisallowAnonymous, {
    compliant: {
        token: { objects: [kiali("token")] },
        "the chart's default": { objects: [kiali("")] },
        "anonymous that only looks, outside production": {
            objects: [kiali("anonymous", true)],
            ...development,
        },
    },
    violating: {
        "anonymous in production, even if it only looks": {
            objects: [kiali("anonymous", true)],
            violations: [`Release istio-system/kiali: values.auth.strategy: ${OPEN}`],
        },
        "anonymous that writes, outside production": {
            objects: [kiali("anonymous")],
            ...development,
            violations: [
                `Release istio-system/kiali: values.deployment.view_only_mode: ${WRITABLE}`,
            ],
        },
        "a chart from a registry": {
            objects: [kiali("anonymous", false, "oci://quay.io/kiali/kiali-server")],
            ...development,
            violations: [
                `Release istio-system/kiali: values.deployment.view_only_mode: ${WRITABLE}`,
            ],
        },
        "a copy under another name": {
            objects: [kiali("anonymous", false, "./charts/mesh-console")],
            ...development,
            violations: [
                `Release istio-system/kiali: values.deployment.view_only_mode: ${WRITABLE}`,
            ],
        },
        "the operator's chart": {
            objects: [
                release("kiali-operator", "istio-system/kiali", {
                    cr: { spec: { auth: { strategy: "anonymous" } } },
                }),
            ],
            violations: [`Release istio-system/kiali: values.cr.spec.auth.strategy: ${OPEN}`],
        },
        "the operator's resource": {
            objects: [
                manifest("kiali.io/v1alpha1", "Kiali", "istio-system/kiali", {
                    auth: { strategy: "anonymous" },
                }),
            ],
            violations: [`Kiali istio-system/kiali: spec.auth.strategy: ${OPEN}`],
        },
    },
    unknown: {
        "the strategy": {
            objects: [kiali(UNKNOWN)],
            advisories: [
                "Release istio-system/kiali: values.auth.strategy: cannot be judged at preview; the value is not known yet",
            ],
        },
        "whether it only looks": {
            objects: [kiali("anonymous", UNKNOWN)],
            ...development,
            advisories: [
                "Release istio-system/kiali: values.deployment.view_only_mode: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "another chart with such a value": {
            objects: [release("my-app", "a4co/my-app", { auth: { strategy: "anonymous" } })],
        },
        "an application's chart of which no value is known": {
            objects: [release("my-app", "a4co/my-app", UNKNOWN)],
        },
        "a Deployment called kiali": {
            objects: [manifest("apps/v1", "Deployment", "istio-system/kiali", {})],
            applies: false,
        },
    },
});
