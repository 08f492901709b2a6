import { z } from "zod";
import { DURATIONS, isDuration } from "#model/duration.ts";
import type { Duration } from "#model/intents.ts";
import { MOST_REPLICAS, wholeNumber } from "#model/intents.ts";
import { isDnsLabel, isHeaderName, isHeaderValue, isPinnedImage } from "#model/names.ts";
import { CONTROL_PLANE_NAMESPACE } from "#model/reserved-names.ts";
import { DEFAULT_ISTIO_VERSION } from "./chart-versions.ts";
import {
    address,
    charts,
    clientId,
    collector,
    digest,
    domainName,
    judged,
    repository,
    SUBJECT,
    tag,
    url,
} from "./config-texts.ts";
import { unsupportedIstioVersion } from "./istio-versions.ts";

/** An addon: the stack's own, nobody's, or somebody else's at some address. */
function addon<Shape extends z.core.$ZodLooseShape>(
    elsewhere: Shape,
): z.ZodDefault<
    z.ZodUnion<
        readonly [
            z.ZodBoolean,
            z.ZodObject<{ -readonly [Field in keyof Shape]: Shape[Field] }, z.core.$strict>,
        ]
    >
> {
    const fields = Object.keys(elsewhere).join(", ");
    return z
        .union([z.boolean(), z.strictObject(elsewhere)], `true, false, or an object of ${fields}`)
        .default(true);
}

const dnsLabel = z.string().refine(isDnsLabel, "a DNS label: lower-case letters, digits and -");
const percent = z.custom<number>(
    (value) => value === 0 || (typeof value === "number" && value >= 0.0001 && value <= 100),
    "a number: 0, or 0.0001 to 100",
);
const duration = z.custom<Duration>(
    (value) => typeof value === "string" && isDuration(value),
    DURATIONS,
);
const image = z
    .string()
    .refine(
        isPinnedImage,
        "an image reference with its tag or digest, such as ghcr.io/a4co/order-service:1.0.0",
    );
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
    name: z.string().refine(isHeaderName, "the name of a request header"),
    value: z.string().refine(isHeaderValue, "text without spaces"),
});
const canary = z.strictObject({
    image,
    weight: wholeNumber(0, 100),
    header: headerMatch.exactOptional(),
    replaces: image.exactOptional(),
});
const nodePort = wholeNumber(30000, 32767);
const LABEL_NAME =
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = z
    .string()
    .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, "the value of a label");

/** Groups that the API server itself puts whole crowds into. */
const CROWDS = [
    "system:authenticated",
    "system:unauthenticated",
    "system:serviceaccounts",
    "system:nodes",
];
const user = z
    .string()
    .regex(SUBJECT, "a user's name, without * and without space around it")
    .refine((name) => name !== "system:anonymous", "a user who has signed in")
    .refine(
        (name) => !name.startsWith("system:serviceaccount:"),
        "a user's name; a ServiceAccount belongs into serviceAccounts, as namespace/name",
    );
const group = z
    .string()
    .regex(SUBJECT, "a group's name, without * and without space around it")
    .refine(
        (name) => !CROWDS.includes(name),
        `a group that not everybody is in, as in ${CROWDS.join(", ")}`,
    );
const serviceAccount = z
    .string()
    .regex(
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/,
        "a ServiceAccount as namespace/name",
    );

/** Every key of the stack's configuration with what it may hold. `Pulumi.yaml` describes them for people. */
export const configSchema = z.strictObject({
    environment: z
        .enum(["dev", "staging", "prod"])
        .default("prod")
        .describe(
            "dev, staging or prod. Tags every span; prod refuses faults, weak sampling, single replicas and open consoles.",
        ),
    size: z
        .enum(["small", "large"])
        .default("large")
        .describe(
            "small (one replica of everything, nothing kept) or large (replicas, disruption budgets, volumes).",
        ),
    istioVersion: judged(unsupportedIstioVersion)
        .default(DEFAULT_ISTIO_VERSION)
        .describe("Istio's version, of a supported line."),
    clusterName: dnsLabel
        .default("a4co-cluster")
        .describe("Value of the metric tag source_cluster."),
    namespace: dnsLabel.default("a4co").describe("Namespace of the microservices."),
    controlPlaneNamespace: dnsLabel
        .default(CONTROL_PLANE_NAMESPACE)
        .describe("Namespace of istiod, the gateway and the addons."),
    domain: domainName
        .default("a4co.local")
        .describe("Domain the gateway serves, itself and everything directly below it."),
    trustDomain: domainName
        .default("cluster.local")
        .describe("SPIFFE trust domain of every identity."),
    samplingPercent: percent
        .default(1)
        .describe("Percent of the requests that are traced, 0 to 100; in prod 1 to 10."),
    outboundTraffic: z
        .enum(["ALLOW_ANY", "REGISTRY_ONLY"])
        .default("REGISTRY_ONLY")
        .describe("REGISTRY_ONLY (calls out of the mesh need a ServiceEntry) or ALLOW_ANY."),
    charts: charts
        .default("repository")
        .describe(
            "Where charts come from - repository (each chart's own), an oci:// mirror, or a folder.",
        ),
    images: z
        .strictObject({
            hub: repository.exactOptional(),
            tag: tag.exactOptional(),
            variant: z.enum(["distroless", "debug"]).exactOptional(),
            digests: z
                .strictObject({ pilot: digest.exactOptional(), proxyv2: digest.exactOptional() })
                .exactOptional(),
            addonRegistry: repository.exactOptional(),
            pullSecrets: z.array(dnsLabel).exactOptional(),
        })
        .default({})
        .describe(
            "Istio's images - hub, tag, variant (distroless, debug), digests.pilot, digests.proxyv2, pullSecrets; addonRegistry for the addons' images.",
        ),
    serviceImages: z
        .record(z.string(), image)
        .default({})
        .describe("Image of a service, by its name, instead of the declared one."),
    replicas: z
        .record(z.string(), wholeNumber(1, MOST_REPLICAS))
        .default({})
        .describe(
            "Pods of each version of a service, by its name. Default is what the service declares; in prod 2 or more.",
        ),
    faults: z
        .record(z.string(), fault)
        .default({})
        .describe(
            "Faults on the routes to a service, by its name - delay (fixedDelay, percent), abort (httpStatus, percent). None in prod.",
        ),
    canaries: z
        .record(z.string(), canary)
        .default({})
        .describe(
            "A new version beside a service's own, by the service's name - image, weight (0 to 100), header (name, value) for requests that always go to it, replaces (set by mesh canary promote).",
        ),
    backingServices: z
        .enum(["deploy", "external"])
        .default("external")
        .describe(
            "external (somebody else runs NATS in the namespace) or deploy (one server for trying out). Not deploy in prod.",
        ),
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
        .prefault({})
        .describe(
            "The gateway's Service - serviceType (LoadBalancer, NodePort, ClusterIP), nodePorts.http, nodePorts.https.",
        ),
    certificate: z
        .string()
        .regex(
            /^(existing|(Issuer|ClusterIssuer)\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/,
            "existing, Issuer/<name> or ClusterIssuer/<name>",
        )
        .default("existing")
        .describe(
            "existing (Secret a4co-tls-cert in the control plane's namespace), or cert-manager's Issuer/NAME or ClusterIssuer/NAME.",
        ),
    addons: z
        .strictObject({
            prometheus: addon({ address }),
            grafana: addon({ address }),
            jaeger: addon({ otlp: collector, query: address.exactOptional() }),
            kiali: z.boolean().default(true),
        })
        .prefault({})
        .describe(
            "prometheus, grafana, jaeger and kiali - each true (the default) or false; or where somebody else's is, prometheus.address, grafana.address, jaeger.otlp (https for TLS) with jaeger.query.",
        ),
    prometheusOperator: z
        .strictObject({
            enabled: z.boolean().default(false),
            labels: z
                .record(z.string(), labelValue)
                .refine(
                    (labels) => Object.keys(labels).every((name) => LABEL_NAME.test(name)),
                    "labels whose names are such as release",
                )
                .default({}),
        })
        .prefault({})
        .describe(
            "Whether the cluster has the Prometheus operator, which gets ServiceMonitors, PodMonitors and rules instead of annotations - enabled, labels (that its Prometheus selects by).",
        ),
    addonUrls: z
        .strictObject({
            grafana: url.exactOptional(),
            jaeger: url.exactOptional(),
            kiali: url.exactOptional(),
        })
        .default({})
        .describe("Addresses under which people's browsers reach grafana, jaeger and kiali."),
    guard: z
        .strictObject({
            enabled: z.boolean().exactOptional(),
            breakGlassGroup: group.exactOptional(),
        })
        .default({})
        .describe(
            "Whether the API server lets the deployers alone change the mesh - enabled (by default in prod alone), breakGlassGroup (may change it as well, on record).",
        ),
    deployers: z
        .strictObject({
            users: z.array(user).default([]),
            groups: z.array(group).default([]),
            serviceAccounts: z.array(serviceAccount).default([]),
        })
        .prefault({})
        .describe(
            "Who may change the mesh while the guard is on - users, groups, serviceAccounts (each as namespace/name).",
        ),
    kialiOpenId: z
        .strictObject({ issuerUri: url.exactOptional(), clientId: clientId.exactOptional() })
        .refine(
            ({ issuerUri, clientId }) => (issuerUri === undefined) === (clientId === undefined),
            "both issuerUri and clientId",
        )
        .default({})
        .describe("Provider of kialiAuth openid - issuerUri, clientId."),
    kialiAuth: z
        .enum(["anonymous", "token", "openid", "openshift", "header"])
        .default("token")
        .describe(
            "How people sign in to Kiali - token, openid, openshift, header, or anonymous (view only; not in prod).",
        ),
    grafanaAnonymousViewer: z
        .boolean()
        .default(false)
        .describe("Whether Grafana shows dashboards without signing in. Not in prod."),
    stockEnvoy: z
        .boolean()
        .default(false)
        .describe(
            "The proxy is upstream's Envoy without Istio's filters, as on the local cluster. Not in prod.",
        ),
});

/** Keys that there once were: why each is gone, and what there is instead. */
export const GONE_KEYS: Readonly<Record<string, string>> = {
    serviceMonitors:
        "this key is gone: prometheusOperator with enabled true makes each service's ServiceMonitor, and the platform's",
    weightOwners:
        "this key is gone: a service that Flagger or Argo Rollouts releases is not this program's; take it out of services/, or release it by mesh canary",
};

export type ConfigKeys = z.infer<typeof configSchema>;
