import { workloadDisallowCaptureExclusion } from "#policy/rules/workload/disallow-capture-exclusion.ts";
import { release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { deployment } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const PREFIX = "traffic.sidecar.istio.io/";
const AT = `Deployment a4co/order: spec.template.metadata.annotations["${PREFIX}`;
const ALL = "without the sidecar; all traffic goes through the sidecar";

function annotated(name: string, value: unknown): Manifest {
    return deployment("a4co/order", { annotations: { [`${PREFIX}${name}`]: value } });
}

describeRule(workloadDisallowCaptureExclusion, {
    compliant: {
        "no annotation": { objects: [deployment("a4co/order")] },
        "everything is captured": {
            objects: [annotated("includeInboundPorts", "*"), annotated("excludeInboundPorts", "")],
        },
        "istiod's defaults": {
            objects: [
                release("istiod", "istio-system/istiod", {
                    global: { proxy: { includeIPRanges: "*", excludeInboundPorts: "" } },
                }),
            ],
        },
    },
    violating: {
        "ports in": {
            objects: [annotated("excludeInboundPorts", "9090, 15020")],
            violations: [`${AT}excludeInboundPorts"]: lets in 9090 ${ALL}`],
        },
        "all ports in but one": {
            objects: [annotated("includeInboundPorts", "3004")],
            violations: [`${AT}includeInboundPorts"]: lets in everything but 3004 ${ALL}`],
        },
        "all ports in": {
            objects: [annotated("includeInboundPorts", "")],
            violations: [`${AT}includeInboundPorts"]: lets in everything ${ALL}`],
        },
        "ports out": {
            objects: [annotated("excludeOutboundPorts", 5432)],
            violations: [`${AT}excludeOutboundPorts"]: sends out 5432 ${ALL}`],
        },
        "addresses out": {
            objects: [annotated("excludeOutboundIPRanges", "10.0.0.0/8")],
            violations: [`${AT}excludeOutboundIPRanges"]: sends out 10.0.0.0/8 ${ALL}`],
        },
        "all addresses out but some": {
            objects: [annotated("includeOutboundIPRanges", "10.0.0.0/8")],
            violations: [
                `${AT}includeOutboundIPRanges"]: sends out everything but 10.0.0.0/8 ${ALL}`,
            ],
        },
        "an interface": {
            objects: [annotated("excludeInterfaces", "eth1")],
            violations: [`${AT}excludeInterfaces"]: carries eth1 ${ALL}`],
        },
        everything: {
            objects: [
                deployment("a4co/order", {
                    annotations: { "sidecar.istio.io/interceptionMode": "NONE" },
                }),
            ],
            violations: [
                'Deployment a4co/order: spec.template.metadata.annotations["sidecar.istio.io/interceptionMode"]: NONE captures nothing; all traffic goes through the sidecar',
            ],
        },
        "the values of a chart": {
            objects: [
                release("redis", "a4co/cache", {
                    master: { podAnnotations: { [`${PREFIX}excludeInboundPorts`]: "6379" } },
                }),
            ],
            violations: [
                `Release a4co/cache: values.master.podAnnotations["${PREFIX}excludeInboundPorts"]: lets in 6379 ${ALL}`,
            ],
        },
        "every pod, by istiod's values": {
            objects: [
                release("istiod", "istio-system/istiod", {
                    global: {
                        proxy: { excludeInboundPorts: "9090", includeIPRanges: "10.0.0.0/8" },
                    },
                }),
            ],
            violations: [
                `Release istio-system/istiod: values.global.proxy.excludeInboundPorts: lets in 9090 ${ALL}`,
                `Release istio-system/istiod: values.global.proxy.includeIPRanges: sends out everything but 10.0.0.0/8 ${ALL}`,
            ],
        },
    },
    unknown: {
        "one annotation of two": {
            objects: [
                deployment("a4co/order", {
                    annotations: {
                        [`${PREFIX}excludeInboundPorts`]: UNKNOWN,
                        [`${PREFIX}excludeOutboundPorts`]: "5432",
                    },
                }),
            ],
            violations: [`${AT}excludeOutboundPorts"]: sends out 5432 ${ALL}`],
            advisories: [
                `${AT}excludeInboundPorts"]: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "the sidecar's own ports": {
            objects: [annotated("excludeInboundPorts", "15020,15021,15090")],
        },
        "more ports out are captured": { objects: [annotated("includeOutboundPorts", "8080")] },
        "an unknown password in a chart's values": {
            objects: [release("redis", "a4co/cache", { auth: { password: UNKNOWN } })],
        },
    },
});
