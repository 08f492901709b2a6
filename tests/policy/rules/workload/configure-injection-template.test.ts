import { workloadConfigureInjectionTemplate } from "#policy/rules/workload/configure-injection-template.ts";
import { release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { deployment, namespace } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const KEY = "inject.istio.io/templates";
const AT = `Deployment a4co/order: spec.template.metadata.annotations["${KEY}"]`;
const ADVISED =
    "is not known to bring Envoy; the template sidecar, alone or among others, is advised";

const order = (templates: unknown): Manifest =>
    deployment("a4co/order", { annotations: { [KEY]: templates } });
const istiod = (sidecarInjectorWebhook: unknown): Manifest =>
    release("istiod", "istio-system/istiod", { sidecarInjectorWebhook });

describeRule(workloadConfigureInjectionTemplate, {
    compliant: {
        "the default": { objects: [namespace(), deployment("a4co/order")] },
        "a sidecar, and one's own": { objects: [namespace(), order("sidecar, own")] },
        "a gateway": { objects: [namespace(), order("gateway")] },
    },
    violating: {
        "proxyless gRPC": {
            objects: [namespace(), order("grpc-agent")],
            violations: [`${AT}: grpc-agent ${ADVISED}`],
        },
        "templates that nobody knows": {
            objects: [namespace(), order("own,other")],
            violations: [`${AT}: own, other ${ADVISED}`],
        },
        "the mesh's default": {
            objects: [istiod({ defaultTemplates: ["grpc-simple"] })],
            violations: [
                `Release istio-system/istiod: values.sidecarInjectorWebhook.defaultTemplates: grpc-simple ${ADVISED}`,
            ],
        },
    },
    unknown: {
        "the templates": {
            objects: [namespace(), order(UNKNOWN)],
            advisories: [`${AT}: cannot be judged at preview; the value is not known yet`],
        },
    },
    nearMiss: {
        "a template of the stack that brings the proxy": {
            objects: [
                namespace(),
                order("own"),
                istiod({ templates: { own: "spec: {containers: [{name: istio-proxy}]}" } }),
            ],
        },
        "outside the mesh": { objects: [namespace("a4co", {}), order("grpc-agent")] },
        "no template": { objects: [namespace(), order("")] },
    },
});
