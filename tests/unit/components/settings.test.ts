import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { InputPropertyError } from "@pulumi/pulumi";
import { platformSettings } from "#stack/platform-settings.ts";
import type { MeshPlatformSettings } from "#stack/platform-types.ts";
import { DEV, PROD } from "./settings.ts";

const REFUSED: readonly {
    readonly what: string;
    readonly given: MeshPlatformSettings;
    readonly property: string;
    readonly reason: RegExp;
}[] = [
    {
        what: "an Istio version that names a line only",
        given: { ...DEV, istioVersion: "1.31" },
        property: "istioVersion",
        reason: /"1\.31" is not exact/,
    },
    {
        what: "more than every request",
        given: { ...DEV, samplingPercent: 101 },
        property: "samplingPercent",
        reason: /is 101; it must be from 0 to 100/,
    },
    {
        what: "a sampling that is not a number",
        given: { ...DEV, samplingPercent: Number.NaN },
        property: "samplingPercent",
        reason: /is NaN/,
    },
    {
        what: "a digest without its algorithm",
        given: { ...DEV, images: { digests: { pilot: "abc" } } },
        property: "images.digests",
        reason: /images\.digests\.pilot is "abc"/,
    },
    {
        what: "one namespace for Istio and the application",
        given: { ...DEV, namespace: "mesh", controlPlaneNamespace: "mesh" },
        property: "controlPlaneNamespace",
        reason: /must differ/,
    },
    {
        what: "the application in Istio's default namespace",
        given: { ...DEV, namespace: "istio-system" },
        property: "controlPlaneNamespace",
        reason: /must differ/,
    },
    {
        what: "node ports on a load balancer",
        given: {
            ...DEV,
            gateway: { serviceType: "LoadBalancer", nodePorts: { http: 30080, https: 30443 } },
        },
        property: "gateway.nodePorts",
        reason: /needs gateway\.serviceType NodePort, not LoadBalancer/,
    },
    {
        what: "OpenID without its issuer",
        given: { ...DEV, kialiAuth: "openid" },
        property: "kialiOpenId",
        reason: /must be given with kialiAuth openid/,
    },
    {
        what: "an issuer without OpenID",
        given: {
            ...DEV,
            kialiOpenId: { issuerUri: "https://login.a4co.local", clientId: "kiali" },
        },
        property: "kialiOpenId",
        reason: /only with it/,
    },
    {
        what: "Kiali without Prometheus",
        given: { ...DEV, addons: { ...DEV.addons, prometheus: false } },
        property: "addons.kiali",
        reason: /needs addons\.prometheus/,
    },
    {
        what: "a small prod",
        given: { ...PROD, size: "small" },
        property: "size",
        reason: /prod must be "large"/,
    },
    {
        what: "full sampling in prod",
        given: { ...PROD, samplingPercent: 100 },
        property: "samplingPercent",
        reason: /in prod it must be from 1 to 10/,
    },
    {
        what: "no sampling in prod",
        given: { ...PROD, samplingPercent: 0 },
        property: "samplingPercent",
        reason: /in prod it must be from 1 to 10/,
    },
    {
        what: "the local platform's proxy in prod",
        given: { ...PROD, stockEnvoy: true },
        property: "stockEnvoy",
        reason: /belongs to the local platform/,
    },
    {
        what: "an anonymous Kiali in prod",
        given: { ...PROD, kialiAuth: "anonymous" },
        property: "kialiAuth",
        reason: /refused in prod/,
    },
    {
        what: "anonymous viewers of Grafana in prod",
        given: { ...PROD, grafanaAnonymousViewer: true },
        property: "grafanaAnonymousViewer",
        reason: /refused in prod/,
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
            charts: { kind: "repository" },
            images: {},
            samplingPercent: 5,
            outboundTraffic: "REGISTRY_ONLY",
            addonUrls: {
                grafana: "https://grafana.a4co.local",
                jaeger: "https://jaeger.a4co.local",
                kiali: "https://kiali.a4co.local",
            },
            kialiAuth: "token",
            kialiOpenId: undefined,
            grafanaAnonymousViewer: false,
            gateway: { serviceType: "LoadBalancer" },
            stockEnvoy: false,
            proxyResources: {
                requests: { cpu: "100m", memory: "128Mi" },
                limits: { cpu: "500m", memory: "512Mi" },
            },
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
