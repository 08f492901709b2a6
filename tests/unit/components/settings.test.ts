import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { InputPropertyError } from "@pulumi/pulumi";
import type { PlatformInput } from "#stack/platform-keys.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { DEV, PROD } from "./settings.ts";

const REFUSED: readonly {
    readonly what: string;
    readonly given: PlatformInput;
    readonly property: string;
    readonly reason: RegExp;
}[] = [
    {
        what: "an Istio version that names a line only",
        given: { ...DEV, istioVersion: "1.31" },
        property: "istioVersion",
        reason: /"1\.31" is not allowed/,
    },
    {
        what: "more than every request",
        given: { ...DEV, samplingPercent: 101 },
        property: "samplingPercent",
        reason: /101 is not allowed; allowed: a number: 0, or 0\.0001 to 100/,
    },
    {
        what: "a sampling that is not a number",
        given: { ...DEV, samplingPercent: Number.NaN },
        property: "samplingPercent",
        reason: /is not allowed; allowed: a number/,
    },
    {
        what: "a digest without its algorithm",
        given: { ...DEV, images: { digests: { pilot: "abc" } } },
        property: "images.digests.pilot",
        reason: /"abc" is not allowed; allowed: sha256:/,
    },
    {
        what: "one namespace for Istio and the application",
        given: { ...DEV, namespace: "mesh", controlPlaneNamespace: "mesh" },
        property: "namespace",
        reason: /cannot be the control plane's/,
    },
    {
        what: "the application in Istio's default namespace",
        given: { ...DEV, namespace: "istio-system" },
        property: "namespace",
        reason: /cannot be the control plane's/,
    },
    {
        what: "node ports on a load balancer",
        given: {
            ...DEV,
            gateway: { serviceType: "LoadBalancer", nodePorts: { http: 30080, https: 30443 } },
        },
        property: "gateway",
        reason: /nodePorts only with serviceType NodePort/,
    },
    {
        what: "OpenID without its issuer",
        given: { ...DEV, kialiAuth: "openid" },
        property: "kialiOpenId",
        reason: /needed with kialiAuth openid/,
    },
    {
        what: "an issuer without OpenID",
        given: {
            ...DEV,
            kialiOpenId: { issuerUri: "https://login.a4co.local", clientId: "kiali" },
        },
        property: "kialiOpenId",
        reason: /allowed with nothing else/,
    },
    {
        what: "Kiali without Prometheus",
        given: { ...DEV, addons: { ...DEV.addons, prometheus: false } },
        property: "addons.kiali",
        reason: /switch addons\.prometheus on/,
    },
    {
        what: "a small prod",
        given: { ...PROD, size: "small" },
        property: "size",
        reason: /small is not allowed in prod/,
    },
    {
        what: "full sampling in prod",
        given: { ...PROD, samplingPercent: 100 },
        property: "samplingPercent",
        reason: /is not allowed in prod; allowed: 1 to 10/,
    },
    {
        what: "no sampling in prod",
        given: { ...PROD, samplingPercent: 0 },
        property: "samplingPercent",
        reason: /is not allowed in prod; allowed: 1 to 10/,
    },
    {
        what: "the local platform's proxy in prod",
        given: { ...PROD, stockEnvoy: true },
        property: "stockEnvoy",
        reason: /prod cannot be given the local platform's proxy/,
    },
    {
        what: "an anonymous Kiali in prod",
        given: { ...PROD, kialiAuth: "anonymous" },
        property: "kialiAuth",
        reason: /not allowed in prod/,
    },
    {
        what: "anonymous viewers of Grafana in prod",
        given: { ...PROD, grafanaAnonymousViewer: true },
        property: "grafanaAnonymousViewer",
        reason: /prod cannot be given an open Grafana/,
    },
];

describe("platform settings", () => {
    for (const { what, given, property, reason } of REFUSED) {
        it(`refuse ${what}`, () => {
            throws(
                () => platformSettings(given),
                (error: unknown) => {
                    ok(InputPropertyError.isInstance(error));
                    const { propertyPath } = error;
                    strictEqual(propertyPath, property);
                    ok(reason.test(error.reason), String(error));
                    return true;
                },
            );
        });
    }

    it("default to the secure choice everywhere", () => {
        const { addons, ...defaults } = platformSettings({
            environment: "staging",
            size: "large",
            istioVersion: "1.31.1",
            samplingPercent: 5,
            addons: DEV.addons,
        });
        deepStrictEqual(addons, DEV.addons);
        deepStrictEqual(defaults, {
            environment: "staging",
            size: "large",
            istioVersion: "1.31.1",
            namespace: "a4co",
            controlPlaneNamespace: "istio-system",
            clusterName: "a4co-cluster",
            trustDomain: "cluster.local",
            domain: "a4co.local",
            charts: "repository",
            images: {},
            samplingPercent: 5,
            outboundTraffic: "REGISTRY_ONLY",
            prometheusOperator: { enabled: false, labels: {} },
            addonUrls: {
                grafana: "https://grafana.a4co.local",
                jaeger: "https://jaeger.a4co.local",
                kiali: "https://kiali.a4co.local",
            },
            kialiAuth: "token",
            kialiOpenId: undefined,
            grafanaAnonymousViewer: false,
            gateway: { serviceType: "LoadBalancer" },
            guard: {},
            stockEnvoy: false,
        });
    });

    it("take an addon's URL without its last slash and point a small platform to port-forwards", () => {
        const { addonUrls } = platformSettings({
            ...DEV,
            addonUrls: { grafana: "https://metrics.example.org/" },
        });
        deepStrictEqual(addonUrls, {
            grafana: "https://metrics.example.org",
            jaeger: "http://localhost:16686",
            kiali: "http://localhost:20001",
        });
    });
});
