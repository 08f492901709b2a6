import { assertRefused } from "./config-support.ts";
import type { Keys } from "./config-support.ts";

const KEYS =
    "environment, size, istioVersion, clusterName, namespace, controlPlaneNamespace, domain, trustDomain, samplingPercent, outboundTraffic, charts, images, serviceImages, replicas, faults, canaries, backingServices, gateway, certificate, addons, prometheusOperator, addonUrls, guard, deployers, kialiOpenId, kialiAuth, grafanaAnonymousViewer, stockEnvoy";
const SERVICES = "order-service, payment-service, inventory-service";
const LABEL = "a DNS label: lower-case letters, digits and -";
/** Where Istio's injector never looks, as its source lists them. */
const NEVER_INJECTED = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];
const PERCENT = "a number: 0, or 0.0001 to 100";
const CHARTS =
    "repository, an oci:// address without credentials, or a folder that starts with / or ./";
const REPOSITORY = "a registry with a path in it, such as registry.example:5000/istio";
const TAG = "an image's tag, such as 1.31.1: letters, digits, ., _ and -";
const PLAIN_URL = "a URL of letters, digits and . _ ~ : / % [ ] @ + , = -";
const CLIENT_ID = "an application's ID: letters, digits and . _ ~ : / @ + -";
/** What makes a field, a setting or a template of its own wherever a text is pasted as it is. */
const SMUGGLED = [
    'a"\n          hostNetwork: true #',
    "a\nhostNetwork: true",
    "a\r\nb",
    "a\tb",
    "a\u0000b",
    "a\u2028b",
    "a\u0085b",
    'a"b',
    "a'b",
    "a`b",
    "a\\b",
    "{{ .Release.Name }}",
    "${HOME}",
    "a #b",
    "a: b",
    "a b",
    "&a",
    "*a",
    "!a",
    "",
    " ",
];
/** As a message shows it: on one line, whatever it is. */
const shown = (text: string): string =>
    JSON.stringify(text).replace("\u0085", "\\u{85}").replace("\u2028", "\\u{2028}");
const CERTIFICATES = "existing, Issuer/<name> or ClusterIssuer/<name>";
const KIALI_AUTH = "anonymous, token, openid, openshift, header";
const OPENID = "it is needed with kialiAuth openid, and allowed with nothing else";

const order = (fault: unknown): Keys => ({ faults: { "order-service": fault } });
const delay = (fixedDelay: string, percent: unknown): Keys => ({ delay: { fixedDelay, percent } });
const ports = (http: number, https?: number): Keys => ({
    gateway: { serviceType: "NodePort", nodePorts: { http, https } },
});
const OIDC = { issuerUri: "https://id.a4co.example", clientId: "kiali" };

const HOST = "a Service as NAME.NAMESPACE.svc, or a host outside the cluster with two dots or more";

type Row = readonly [Keys, ...string[]];

/** What is given, and everything that is said about it. */
const TABLE: readonly Row[] = [
    [{ environment: "production" }, '"production" is not allowed; allowed: dev, staging, prod'],
    [{ environment: "" }, '"" is not allowed; allowed: dev, staging, prod'],
    [{ size: "medium" }, '"medium" is not allowed; allowed: small, large'],
    [
        { istioVersion: "1.24.0" },
        '"1.24.0" is not allowed; allowed: 1.30.x, 1.31.x; support of 1.24 ended on 2025-06-24',
    ],
    [
        { istioVersion: "1.29.3" },
        '"1.29.3" is not allowed; allowed: 1.30.x, 1.31.x; support of 1.29 ended on 2026-10-12',
    ],
    [
        { istioVersion: "1.32.0" },
        '"1.32.0" is not allowed; allowed: 1.30.x, 1.31.x; 1.32 is not a line this program knows',
    ],
    [{ istioVersion: "1.31" }, '"1.31" is not allowed; allowed: a full version of 1.30.x, 1.31.x'],
    [
        { istioVersion: "latest" },
        '"latest" is not allowed; allowed: a full version of 1.30.x, 1.31.x',
    ],
    [{ clusterName: "A4CO" }, `"A4CO" is not allowed; allowed: ${LABEL}`],
    [{ namespace: "a4co_shop" }, `"a4co_shop" is not allowed; allowed: ${LABEL}`],
    [{ namespace: "istio-system" }, "it cannot be the control plane's, which is never injected"],
    ...NEVER_INJECTED.flatMap((name): [Keys, string][] =>
        ["namespace", "controlPlaneNamespace"].map((key) => [
            { [key]: name },
            `it cannot be ${name}, which is never injected`,
        ]),
    ),
    ...["namespace", "controlPlaneNamespace"].flatMap((key): [Keys, string][] => [
        [
            { [key]: "default" },
            "it cannot be default, where whatever says nothing of a namespace lands",
        ],
        [
            { [key]: "kube-shop" },
            "it cannot be kube-shop, which belongs to Kubernetes, as all whose names begin with kube-",
        ],
    ]),
    [
        { namespace: "istio-system", controlPlaneNamespace: "mesh-system" },
        "it cannot be istio-system, which is for a control plane",
    ],
    [{ controlPlaneNamespace: "-istio" }, `"-istio" is not allowed; allowed: ${LABEL}`],
    [{ domain: "a4co..local" }, '"a4co..local" is not allowed; allowed: a DNS name'],
    ...["local", "a4co.1", "10.0.0.1"].map((domain): Row => [
        { domain },
        `"${domain}" is not allowed; allowed: a DNS name of two parts or more, of which the last is no number`,
    ]),
    [
        { namespace: "a".repeat(56) },
        "56 characters are not allowed; allowed: at most 55, as the Gateway is named after it",
    ],
    [{ domain: "*.a4co.local" }, '"*.a4co.local" is not allowed; allowed: a DNS name'],
    [{ trustDomain: "cluster.local/ns" }, '"cluster.local/ns" is not allowed; allowed: a DNS name'],
    [{ samplingPercent: "101" }, `101 is not allowed; allowed: ${PERCENT}`],
    [{ samplingPercent: -1 }, `-1 is not allowed; allowed: ${PERCENT}`],
    [{ samplingPercent: "0.00001" }, `0.00001 is not allowed; allowed: ${PERCENT}`],
    [{ samplingPercent: "all" }, `"all" is not allowed; allowed: ${PERCENT}`],
    [
        { outboundTraffic: "REGISTRY" },
        '"REGISTRY" is not allowed; allowed: ALLOW_ANY, REGISTRY_ONLY',
    ],
    [{ charts: "https://a.example/c" }, `"https://a.example/c" is not allowed; allowed: ${CHARTS}`],
    [{ charts: "charts" }, `"charts" is not allowed; allowed: ${CHARTS}`],
    [{ images: "docker.io/istio" }, '"docker.io/istio" is not allowed; allowed: an object'],
    [{ images: [] }, "[] is not allowed; allowed: an object"],
    ...SMUGGLED.flatMap((text): Row[] => [
        [{ images: { hub: text } }, `.hub: ${shown(text)} is not allowed; allowed: ${REPOSITORY}`],
        [{ images: { tag: text } }, `.tag: ${shown(text)} is not allowed; allowed: ${TAG}`],
        [
            { images: { addonRegistry: text } },
            `.addonRegistry: ${shown(text)} is not allowed; allowed: ${REPOSITORY}`,
        ],
        [
            { images: { pullSecrets: [text] } },
            `.pullSecrets.0: ${shown(text)} is not allowed; allowed: ${LABEL}`,
        ],
        [{ domain: text }, `${shown(text)} is not allowed; allowed: a DNS name`],
        [{ trustDomain: text }, `${shown(text)} is not allowed; allowed: a DNS name`],
        [{ clusterName: text }, `${shown(text)} is not allowed; allowed: ${LABEL}`],
        [
            { charts: `oci://${text}` },
            `${shown(`oci://${text}`)} is not allowed; allowed: ${CHARTS}`,
        ],
        [
            { kialiOpenId: { ...OIDC, clientId: text } },
            `.clientId: ${shown(text)} is not allowed; allowed: ${CLIENT_ID}`,
        ],
    ]),
    ...["ftp//x", "docker.io/Istio", "docker.io/istio/", "docker.io//istio", "a".repeat(256)].map(
        (hub): Row => [
            { images: { hub } },
            `.hub: "${hub.length > 255 ? `${hub.slice(0, 199)}…` : `${hub}"`} is not allowed; allowed: ${REPOSITORY}`,
        ],
    ),
    [
        { images: { hub: "me:secret@r.example/istio" } },
        `.hub: "…@r.example/istio" is not allowed; allowed: ${REPOSITORY}`,
    ],
    [
        { images: { addonRegistry: "https://me:sec ret@r.example" } },
        `.addonRegistry: "https://…@r.example" is not allowed; allowed: ${REPOSITORY}`,
    ],
    [
        { images: "me:secret@r.example/istio" },
        '"…@r.example/istio" is not allowed; allowed: an object',
    ],
    [
        { charts: "oci://me:secret@r.example/c" },
        `"oci://…@r.example/c" is not allowed; allowed: ${CHARTS}`,
    ],
    [
        { charts: "oci://me@r.example/c" },
        `"oci://…@r.example/c" is not allowed; allowed: ${CHARTS}`,
    ],
    [
        { charts: "https://me:secret@r.example/c?token=secret" },
        `"https://…@r.example/c?…" is not allowed; allowed: ${CHARTS}`,
    ],
    [{ charts: "./a\nb" }, `"./a\\nb" is not allowed; allowed: ${CHARTS}`],
    [{ charts: '/a"b' }, `"/a\\"b" is not allowed; allowed: ${CHARTS}`],
    ...[
        "https://a.example/\n[auth.anonymous]\nenabled=true",
        'https://a.example/"',
        "https://a.example/{{x}}",
        "https://a.example/${x}",
        "https://a.example/ ",
        "https://a.example/'",
        "https://a.example/;x",
    ].flatMap((text): Row[] => [
        [
            { addonUrls: { grafana: text } },
            `.grafana: ${JSON.stringify(text)} is not allowed; allowed: ${PLAIN_URL}`,
        ],
        [
            { addons: { prometheus: { address: text } } },
            `.prometheus.address: ${JSON.stringify(text)} is not allowed; allowed: ${PLAIN_URL}`,
        ],
        [
            { kialiOpenId: { ...OIDC, issuerUri: text } },
            `.issuerUri: ${JSON.stringify(text)} is not allowed; allowed: ${PLAIN_URL}`,
        ],
    ]),
    [
        { addonUrls: { grafana: "https://me:secret@grafana.example" } },
        '.grafana: "https://…@grafana.example" is not allowed; allowed: a URL without credentials',
    ],
    [
        { kialiOpenId: { ...OIDC, issuerUri: "https://me:secret@id.example" } },
        '.issuerUri: "https://…@id.example" is not allowed; allowed: a URL without credentials',
    ],
    [
        { deployers: { users: ["a\nb"] } },
        '.users.0: "a\\nb" is not allowed; allowed: a user\'s name, without * and without space around it',
    ],
    [
        { images: { variant: "alpine" } },
        '.variant: "alpine" is not allowed; allowed: distroless, debug',
    ],
    [
        { images: { digests: { pilot: "sha256:abc" } } },
        '.digests.pilot: "sha256:abc" is not allowed; allowed: sha256: and 64 hexadecimal digits',
    ],
    [
        { images: { registry: "quay.io" } },
        ".registry: there is no such key; allowed: hub, tag, variant, digests, addonRegistry, pullSecrets",
    ],
    [
        { images: { digests: { envoy: "sha256:abc" } } },
        ".digests.envoy: there is no such key; allowed: pilot, proxyv2",
    ],
    [
        { images: { pullSecrets: "regcred" } },
        '.pullSecrets: "regcred" is not allowed; allowed: a list',
    ],
    [
        { serviceImages: { "order-service": "ghcr.io/a4co/order-service" } },
        '.order-service: "ghcr.io/a4co/order-service" is not allowed; allowed: an image reference with its tag or digest, such as ghcr.io/a4co/order-service:1.0.0',
    ],
    [
        { serviceImages: { nats: "NATS:2" } },
        '.nats: "NATS:2" is not allowed; allowed: an image reference with its tag or digest, such as ghcr.io/a4co/order-service:1.0.0',
    ],
    [
        { serviceImages: { shipping: "ghcr.io/a4co/shipping:1.0.0" } },
        `.shipping: there is no such service; allowed: ${SERVICES}, nats`,
    ],
    [
        { replicas: { "order-service": 0 } },
        ".order-service: 0 is not allowed; allowed: a whole number from 1 to 100",
    ],
    [
        { replicas: { "order-service": 1.5 } },
        ".order-service: 1.5 is not allowed; allowed: a whole number from 1 to 100",
    ],
    [
        { replicas: { "order-service": "2" } },
        '.order-service: "2" is not allowed; allowed: a whole number from 1 to 100',
    ],
    [{ replicas: { order: 2 } }, `.order: there is no such service; allowed: ${SERVICES}`],
    [{ replicas: { nats: 2 } }, `.nats: there is no such service; allowed: ${SERVICES}`],
    [{ replicas: "{" }, '"{" is not allowed; allowed: an object'],
    [order({}), ".order-service: {} is not allowed; allowed: a delay, an abort or both"],
    [
        order(delay("5", 1)),
        '.order-service.delay.fixedDelay: "5" is not allowed; allowed: a duration such as 500ms, 5s or 1m, of whole milliseconds from 1ms to 24h',
    ],
    [
        order(delay("5s", 150)),
        `.order-service.delay.percent: 150 is not allowed; allowed: ${PERCENT}`,
    ],
    [
        order({ abort: { httpStatus: 200, percent: 1 } }),
        ".order-service.abort.httpStatus: 200 is not allowed; allowed: a whole number from 400 to 599",
    ],
    [
        order({ abort: { httpStatus: 500 } }),
        `.order-service.abort.percent: it is missing; allowed: ${PERCENT}`,
    ],
    [
        order({ timeout: "5s" }),
        ".order-service.timeout: there is no such key; allowed: delay, abort",
    ],
    [
        { faults: { orders: delay("5s", 1) } },
        `.orders: there is no such service; allowed: ${SERVICES}`,
    ],
    [{ backingServices: "yes" }, '"yes" is not allowed; allowed: deploy, external'],
    [
        { serviceMonitors: true },
        "this key is gone: prometheusOperator with enabled true makes each service's ServiceMonitor, and the platform's",
    ],
    [{ prometheusOperator: true }, "true is not allowed; allowed: an object"],
    [
        { prometheusOperator: { enabled: true } },
        ".enabled: the stack's own Prometheus reads annotations, and everything would be scraped twice; give addons.prometheus the address of the operator's, or switch it off",
    ],
    [
        { prometheusOperator: { labels: { release: "monitoring" } } },
        ".labels: nothing bears them unless prometheusOperator.enabled is true",
    ],
    [
        { prometheusOperator: { labels: { release: "a b" } } },
        '.labels.release: "a b" is not allowed; allowed: the value of a label',
    ],
    [
        { prometheusOperator: { enabled: true, labels: { "-a": "x" } } },
        '.labels: {"-a":"x"} is not allowed; allowed: labels whose names are such as release',
    ],
    [
        { gateway: { serviceType: "Ingress" } },
        '.serviceType: "Ingress" is not allowed; allowed: LoadBalancer, NodePort, ClusterIP',
    ],
    [
        { gateway: { nodePorts: { http: 30080, https: 30443 } } },
        '{"nodePorts":{"http":30080,"https":30443}} is not allowed; allowed: nodePorts only with serviceType NodePort',
    ],
    [
        ports(80, 443),
        ".nodePorts.http: 80 is not allowed; allowed: a whole number from 30000 to 32767",
        ".nodePorts.https: 443 is not allowed; allowed: a whole number from 30000 to 32767",
    ],
    [ports(30080), ".nodePorts.https: it is missing; allowed: a whole number from 30000 to 32767"],
    [
        ports(30080, 30080),
        '.nodePorts: {"http":30080,"https":30080} is not allowed; allowed: two different ports',
    ],
    [{ certificate: "letsencrypt" }, `"letsencrypt" is not allowed; allowed: ${CERTIFICATES}`],
    [{ certificate: "Issuer/" }, `"Issuer/" is not allowed; allowed: ${CERTIFICATES}`],
    [{ addons: { kiali: "on" } }, '.kiali: "on" is not allowed; allowed: true or false'],
    [
        { addons: { jaeger: "off" } },
        '.jaeger: "off" is not allowed; allowed: true, false, or an object of otlp, query',
    ],
    [
        { addons: { prometheus: null } },
        ".prometheus: null is not allowed; allowed: true, false, or an object of address",
    ],
    [{ addons: { prometheus: {} } }, ".prometheus.address: it is missing; allowed: text"],
    [
        { addons: { prometheus: { url: "http://prometheus.monitoring.svc:9090" } } },
        ".prometheus.url: there is no such key; allowed: address",
    ],
    [
        { addons: { prometheus: { address: 9090 } } },
        ".prometheus.address: 9090 is not allowed; allowed: text",
    ],
    ...["prometheus.monitoring.svc:9090", "grpc://prometheus.monitoring.svc:9090", "http://"].map(
        (address): Row => [
            { addons: { prometheus: { address } } },
            `.prometheus.address: "${address}" is not allowed; allowed: an http or https URL`,
        ],
    ),
    [
        { addons: { prometheus: { address: "https://me:secret@prometheus.example.org" } } },
        '.prometheus.address: "https://…@prometheus.example.org" is not allowed; allowed: a URL without credentials',
    ],
    [
        { addons: { grafana: { address: "https://grafana.example.org/?orgId=1" } } },
        '.grafana.address: "https://grafana.example.org/?…" is not allowed; allowed: a URL without query and fragment',
    ],
    ...["http://prometheus.monitoring:9090", "http://prometheus:9090", "http://localhost"].map(
        (address): Row => [
            { addons: { prometheus: { address } } },
            `.prometheus.address: "${address}" is not allowed; allowed: ${HOST}`,
        ],
    ),
    ...[
        "otel.observability.svc:4317",
        "http://otel.observability.svc",
        "http://otel.observability.svc:0",
        "http://otel.observability.svc:65536",
        "http://otel.observability.svc:4317/v1/traces",
        "https://me@otlp.example.org:4317",
        "grpc://otel.observability.svc:4317",
    ].map((otlp): Row => [
        { addons: { jaeger: { otlp } } },
        `.jaeger.otlp: "${otlp.replace("me@", "…@")}" is not allowed; allowed: http://HOST:PORT, or https://HOST:PORT for TLS, with a port from 1 to 65535`,
    ]),
    [
        { addons: { jaeger: { otlp: "http://10.0.0.7:4317" } } },
        '.jaeger.otlp: "http://10.0.0.7:4317" is not allowed; allowed: a host\'s name, as istiod finds no collector by an IP address',
    ],
    [
        { addons: { jaeger: { otlp: "http://otel.observability:4317" } } },
        `.jaeger.otlp: "http://otel.observability:4317" is not allowed; allowed: ${HOST}`,
    ],
    [
        { addons: { jaeger: { query: "http://jaeger.observability.svc:16686" } } },
        ".jaeger.otlp: it is missing; allowed: text",
    ],
    [
        { addons: { loki: true } },
        ".loki: there is no such key; allowed: prometheus, grafana, jaeger, kiali",
    ],
    [
        { addons: { prometheus: false } },
        ".kiali: Kiali draws its graph from Prometheus; switch addons.prometheus on as well, or give its address",
        ".grafana: Grafana reads from Prometheus; switch addons.prometheus on as well, or give its address",
    ],
    [
        { addonUrls: { grafana: "grafana.a4co.example" } },
        '.grafana: "grafana.a4co.example" is not allowed; allowed: an http or https URL',
    ],
    [
        { addonUrls: { jaeger: "ftp://jaeger.a4co.example" } },
        '.jaeger: "ftp://jaeger.a4co.example" is not allowed; allowed: an http or https URL',
    ],
    [
        { kialiOpenId: { issuerUri: OIDC.issuerUri } },
        '{"issuerUri":"https://id.a4co.example"} is not allowed; allowed: both issuerUri and clientId',
    ],
    [{ kialiOpenId: OIDC }, OPENID],
    [{ kialiOpenId: OIDC, kialiAuth: "header" }, OPENID],
    [{ kialiOpenId: {}, kialiAuth: "openid" }, OPENID],
    [{ kialiAuth: "none" }, `"none" is not allowed; allowed: ${KIALI_AUTH}`],
    [{ grafanaAnonymousViewer: "1" }, "1 is not allowed; allowed: true or false"],
    [{ stockEnvoy: "yes" }, '"yes" is not allowed; allowed: true or false'],
    [{ sampling: 100 }, `there is no such key; allowed: ${KEYS}`],
    [{ Environment: "dev" }, `there is no such key; allowed: ${KEYS}`],
];

describe("configuration that is refused", () => {
    for (const [keys, ...problems] of TABLE) {
        const [key = ""] = Object.keys(keys);
        it(JSON.stringify(keys), () => {
            assertRefused(
                { environment: "dev", ...keys },
                problems.map(
                    (problem) => `mesh:${key}${problem.startsWith(".") ? problem : `: ${problem}`}`,
                ),
            );
        });
    }

    it("names everything that is wrong at once", () => {
        assertRefused(
            {
                environment: "dev",
                istioVersion: "1.24.0",
                samplingPercent: 200,
                mtls: "PERMISSIVE",
                replicas: { "order-service": 0 },
            },
            [
                'mesh:istioVersion: "1.24.0" is not allowed; allowed: 1.30.x, 1.31.x; support of 1.24 ended on 2025-06-24',
                `mesh:samplingPercent: 200 is not allowed; allowed: ${PERCENT}`,
                "mesh:replicas.order-service: 0 is not allowed; allowed: a whole number from 1 to 100",
                `mesh:mtls: there is no such key; allowed: ${KEYS}`,
            ],
        );
    });
});
