import { releaseDisallowUnquotableText } from "#policy/rules/release/disallow-unquotable-text.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const istiod = (values: unknown): Manifest => release("istiod", "istio-system/istiod", values);
const kiali = (values: unknown): Manifest => release("kiali-server", "istio-system/kiali", values);
const refused = (release_: string, place: string): string =>
    `${release_}: ${place}: the chart pastes it into YAML, where it is more than one text; quotes, line breaks, backslashes and braces are not allowed`;
const OF_ISTIOD = "Release istio-system/istiod";

const SMUGGLED = 'docker.io/istio"\n          hostNetwork: true #';

describeRule(releaseDisallowUnquotableText, {
    compliant: {
        "istiod's own images and settings": {
            objects: [
                istiod({
                    global: {
                        hub: "registry.example:5000/istio",
                        tag: "1.31.1",
                        proxy: { image: `r.example/proxyv2@sha256:${"0".repeat(64)}` },
                        logging: { level: "default:info" },
                        caAddress: "istiod.istio-system.svc:15012",
                    },
                    env: { PILOT_ENABLE_IP_AUTOALLOCATE: "true" },
                    autoscaleMin: 2,
                }),
            ],
        },
        "an addon's": {
            objects: [kiali({ deployment: { image_name: "quay.io/kiali/kiali", replicas: 1 } })],
        },
    },
    violating: {
        "a hub and a tag that add fields": {
            objects: [istiod({ global: { hub: SMUGGLED, tag: "1.31.1\nhostPID: true" } })],
            violations: [
                refused(OF_ISTIOD, "values.global.hub"),
                refused(OF_ISTIOD, "values.global.tag"),
            ],
        },
        "every other text that Istio's charts paste": {
            objects: [
                istiod({
                    revision: "a: b",
                    global: {
                        imagePullSecrets: ["regcred\n"],
                        istioNamespace: "{{ .Release.Namespace }}",
                        multiCluster: { clusterName: "one #" },
                        network: "*",
                    },
                    env: { A: 'x"\n  y: "z' },
                    podLabels: { 'a"\nb': "c" },
                }),
            ],
            violations: [
                refused(OF_ISTIOD, "values.revision"),
                refused(OF_ISTIOD, "values.global.imagePullSecrets[0]"),
                refused(OF_ISTIOD, "values.global.istioNamespace"),
                refused(OF_ISTIOD, "values.global.multiCluster.clusterName"),
                refused(OF_ISTIOD, "values.global.network"),
                refused(OF_ISTIOD, "values.env.A"),
                refused(OF_ISTIOD, String.raw`values.podLabels["a\"\nb"]`),
            ],
        },
        "an addon's image": {
            objects: [
                kiali({ deployment: { image_name: SMUGGLED } }),
                release("grafana", "istio-system/grafana", { global: { imageRegistry: "a'b" } }),
            ],
            violations: [
                refused("Release istio-system/kiali", "values.deployment.image_name"),
                refused("Release istio-system/grafana", "values.global.imageRegistry"),
            ],
        },
        "operators' values": {
            objects: [
                manifest("install.istio.io/v1alpha1", "IstioOperator", "istio-system/istio", {
                    hub: SMUGGLED,
                }),
                manifest("sailoperator.io/v1", "Istio", "default", {
                    values: { global: { hub: SMUGGLED } },
                }),
            ],
            violations: [
                refused("IstioOperator istio-system/istio", "spec.hub"),
                refused("Istio default", "spec.values.global.hub"),
            ],
        },
    },
    unknown: {
        "the hub beside a tag that adds a field": {
            objects: [istiod({ global: { hub: UNKNOWN, tag: SMUGGLED } })],
            violations: [refused(OF_ISTIOD, "values.global.tag")],
            advisories: [
                `${OF_ISTIOD}: values.global.hub: cannot be judged at preview; the value is not known yet`,
            ],
        },
        "the values": {
            objects: [istiod(UNKNOWN)],
            advisories: [
                `${OF_ISTIOD}: values: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "what the charts write as YAML, or in quotes": {
            objects: [
                istiod({
                    meshConfig: {
                        accessLogFormat: '{"path": "%REQ(:PATH)%"}\n',
                        defaultConfig: {
                            proxyStatsMatcher: { inclusionRegexps: ["a\\.b{1,2}"] },
                        },
                    },
                    podAnnotations: { "a4co/why": '{"a": "b"}' },
                    jwksResolverExtraRootCA: "-----BEGIN CERTIFICATE-----\nAAAA\n",
                    sidecarInjectorWebhook: { templates: { own: "spec:\n  containers: []\n" } },
                    env: { SELECTOR: "{a: b} #c" },
                }),
            ],
        },
        "an addon's own configuration": {
            objects: [
                release("prometheus", "istio-system/prometheus", {
                    serverFiles: { "alerting_rules.yml": { expr: 'up{job="a"} == 0' } },
                }),
            ],
        },
        "an application's own chart": {
            objects: [release("my-app", "a4co/my-app", { image: { tag: "a\nb" } })],
        },
        "a Pod": { objects: [manifest("v1", "Pod", "a4co/one", {})], applies: false },
    },
});
