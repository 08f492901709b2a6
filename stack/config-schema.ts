import { z } from "zod";
import { isDuration } from "#model/duration.ts";
import type { Duration } from "#model/types.ts";
import { DEFAULT_ISTIO_VERSION } from "./chart-versions.ts";
import { unsupportedIstioVersion } from "./istio-versions.ts";

function wholeNumber(from: number, to: number): z.ZodCustom<number, number> {
    return z.custom<number>(
        (value) =>
            typeof value === "number" && Number.isInteger(value) && value >= from && value <= to,
        `a whole number from ${from} to ${to}`,
    );
}

const dnsLabel = z
    .string()
    .regex(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, "a DNS label: lower-case letters, digits and -");
const domainName = z
    .string()
    .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, "a DNS name");
const percent = z.custom<number>(
    (value) => value === 0 || (typeof value === "number" && value >= 0.0001 && value <= 100),
    "a number: 0, or 0.0001 to 100",
);
const duration = z.custom<Duration>(
    (value) => typeof value === "string" && isDuration(value),
    "a duration such as 500ms, 5s or 1m",
);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits");
const image = z
    .string()
    .regex(
        /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
        "an image reference such as ghcr.io/a4co/order-service:1.0.0",
    )
    .refine(
        (text) => /(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(text),
        "an image with its tag or digest",
    );
const url = z.url({ protocol: /^https?$/, error: "an http or https URL" });
const fault = z
    .strictObject({
        delay: z.strictObject({ fixedDelay: duration, percent }).exactOptional(),
        abort: z.strictObject({ httpStatus: wholeNumber(400, 599), percent }).exactOptional(),
    })
    .refine(
        ({ delay, abort }) => delay !== undefined || abort !== undefined,
        "a delay, an abort or both",
    );
const headerMatch = z.strictObject({
    name: z.string().regex(/^[A-Za-z0-9-]+$/, "the name of a request header"),
    value: z.string().regex(/^[\x21-\x7e]+$/, "text without spaces"),
});
const canary = z.strictObject({
    image,
    weight: wholeNumber(0, 100),
    header: headerMatch.exactOptional(),
    replaces: image.exactOptional(),
});
const nodePort = wholeNumber(30000, 32767);
const text = z.string().regex(/\S/, "text that is not empty");

/** Every key of the stack's configuration with what it may hold. `Pulumi.yaml` describes them for people. */
export const configSchema = z.strictObject({
    environment: z.enum(["dev", "staging", "prod"]).default("prod"),
    size: z.enum(["small", "large"]).default("large"),
    istioVersion: z
        .string()
        .default(DEFAULT_ISTIO_VERSION)
        .superRefine((version, context) => {
            const problem = unsupportedIstioVersion(version);
            if (problem !== undefined) {
                context.addIssue({ code: "custom", message: problem });
            }
        }),
    clusterName: dnsLabel.default("a4co-cluster"),
    namespace: dnsLabel.default("a4co"),
    controlPlaneNamespace: dnsLabel.default("istio-system"),
    domain: domainName.default("a4co.local"),
    trustDomain: domainName.default("cluster.local"),
    samplingPercent: percent.default(1),
    outboundTraffic: z.enum(["ALLOW_ANY", "REGISTRY_ONLY"]).default("REGISTRY_ONLY"),
    charts: z
        .string()
        .regex(
            /^(repository|oci:\/\/\S+|\.{0,2}\/\S+)$/,
            "repository, an oci:// address, or a folder that starts with / or ./",
        )
        .default("repository"),
    images: z
        .strictObject({
            hub: text.exactOptional(),
            tag: text.exactOptional(),
            variant: z.enum(["distroless", "debug"]).exactOptional(),
            digests: z
                .strictObject({ pilot: digest.exactOptional(), proxyv2: digest.exactOptional() })
                .exactOptional(),
            pullSecrets: z.array(dnsLabel).exactOptional(),
        })
        .default({}),
    serviceImages: z.record(z.string(), image).default({}),
    replicas: z.record(z.string(), wholeNumber(1, 100)).default({}),
    faults: z.record(z.string(), fault).default({}),
    canaries: z.record(z.string(), canary).default({}),
    weightOwners: z.record(z.string(), z.enum(["flagger", "argo-rollouts"])).default({}),
    backingServices: z.enum(["deploy", "external"]).default("external"),
    serviceMonitors: z.boolean().default(false),
    gateway: z
        .strictObject({
            serviceType: z.enum(["LoadBalancer", "NodePort", "ClusterIP"]).default("LoadBalancer"),
            nodePorts: z
                .strictObject({ http: nodePort, https: nodePort })
                .refine(({ http, https }) => http !== https, "two different ports")
                .exactOptional(),
        })
        .refine(
            ({ serviceType, nodePorts }) => nodePorts === undefined || serviceType === "NodePort",
            "nodePorts only with serviceType NodePort",
        )
        .prefault({}),
    certificate: z
        .string()
        .regex(
            /^(existing|(Issuer|ClusterIssuer)\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/,
            "existing, Issuer/<name> or ClusterIssuer/<name>",
        )
        .default("existing"),
    addons: z
        .strictObject({
            prometheus: z.boolean().default(true),
            grafana: z.boolean().default(true),
            jaeger: z.boolean().default(true),
            kiali: z.boolean().default(true),
        })
        .prefault({}),
    addonUrls: z
        .strictObject({
            grafana: url.exactOptional(),
            jaeger: url.exactOptional(),
            kiali: url.exactOptional(),
        })
        .default({}),
    kialiOpenId: z
        .strictObject({ issuerUri: url.exactOptional(), clientId: text.exactOptional() })
        .refine(
            ({ issuerUri, clientId }) => (issuerUri === undefined) === (clientId === undefined),
            "both issuerUri and clientId",
        )
        .default({}),
    kialiAuth: z.enum(["anonymous", "token", "openid", "openshift", "header"]).default("token"),
    grafanaAnonymousViewer: z.boolean().default(false),
    stockEnvoy: z.boolean().default(false),
});

export type ConfigKeys = z.infer<typeof configSchema>;
