import { CANARY, withCanaries } from "#model/canary.ts";
import { workloadsOf } from "#model/catalog.ts";
import type { Catalog } from "#model/intents.ts";
import { NAMESPACE_LENGTH, publicHost } from "#model/mesh.ts";
import { catalogProblems } from "#model/problems.ts";
import { CONTROL_PLANE_NAMESPACE, reservedNamespace } from "#model/reserved-names.ts";
import { serviceOf } from "./addon-addresses.ts";
import type { ConfigProblem } from "./config-errors.ts";
import type { ConfigKeys } from "./config-schema.ts";
import type { PlatformKeys } from "./platform-keys.ts";

/** A rule across keys, or about prod. */
interface Rule {
    readonly key: string;
    /** Whether prod alone has it: what may be tried out elsewhere, but never where payments run. */
    readonly prod?: true;
    readonly refuses: (keys: PlatformKeys) => boolean;
    readonly reason: (keys: PlatformKeys) => string;
}

/** Addresses of other people's addons, where they are written. */
const EXTERNAL_ADDRESSES: readonly {
    readonly key: string;
    readonly of: (addons: PlatformKeys["addons"]) => string | undefined;
}[] = [
    {
        key: "addons.prometheus.address",
        of: ({ prometheus }) => (typeof prometheus === "object" ? prometheus.address : undefined),
    },
    {
        key: "addons.grafana.address",
        of: ({ grafana }) => (typeof grafana === "object" ? grafana.address : undefined),
    },
    {
        key: "addons.jaeger.otlp",
        of: ({ jaeger }) => (typeof jaeger === "object" ? jaeger.otlp : undefined),
    },
    {
        key: "addons.jaeger.query",
        of: ({ jaeger }) => (typeof jaeger === "object" ? jaeger.query : undefined),
    },
];

function isInClear(address: string | undefined): boolean {
    return address?.startsWith("http:") === true && serviceOf(address) === undefined;
}

/** Istio's gateway is injected too, so the control plane needs a namespace like any other. */
const RULES: readonly Rule[] = [
    {
        key: "size",
        prod: true,
        refuses: ({ size }) => size === "small",
        reason: () => "small is not allowed in prod: one istiod and one gateway; allowed: large",
    },
    {
        key: "samplingPercent",
        prod: true,
        refuses: ({ samplingPercent }) => samplingPercent < 1 || samplingPercent > 10,
        reason: ({ samplingPercent }) =>
            `${samplingPercent} is not allowed in prod; allowed: 1 to 10`,
    },
    {
        key: "stockEnvoy",
        prod: true,
        refuses: ({ stockEnvoy }) => stockEnvoy,
        reason: () =>
            "prod cannot be given the local platform's proxy: it reports no istio_* metrics",
    },
    {
        key: "gateway.nodePorts",
        prod: true,
        refuses: ({ gateway }) => gateway.nodePorts !== undefined,
        reason: () => "prod cannot be given the local platform's fixed ports",
    },
    {
        key: "kialiAuth",
        prod: true,
        refuses: ({ kialiAuth }) => kialiAuth === "anonymous",
        reason: () => "anonymous is not allowed in prod; allowed: token, openid, openshift, header",
    },
    {
        key: "grafanaAnonymousViewer",
        prod: true,
        refuses: ({ grafanaAnonymousViewer }) => grafanaAnonymousViewer,
        reason: () => "prod cannot be given an open Grafana",
    },
    {
        key: "addons.kiali",
        refuses: ({ addons }) => addons.kiali && addons.prometheus === false,
        reason: () =>
            "Kiali draws its graph from Prometheus; switch addons.prometheus on as well, or give its address",
    },
    {
        key: "addons.grafana",
        refuses: ({ addons }) => addons.grafana === true && addons.prometheus === false,
        reason: () =>
            "Grafana reads from Prometheus; switch addons.prometheus on as well, or give its address",
    },
    ...EXTERNAL_ADDRESSES.map(({ key, of }) => ({
        key,
        prod: true as const,
        refuses: ({ addons }: PlatformKeys) => isInClear(of(addons)),
        reason: ({ addons }: PlatformKeys) =>
            `${JSON.stringify(of(addons))} is not allowed in prod: it leaves the cluster in clear; allowed: https`,
    })),
    {
        key: "prometheusOperator.enabled",
        refuses: ({ prometheusOperator, addons }) =>
            prometheusOperator.enabled && addons.prometheus === true,
        reason: () =>
            "the stack's own Prometheus reads annotations, and everything would be scraped twice; give addons.prometheus the address of the operator's, or switch it off",
    },
    {
        key: "prometheusOperator.enabled",
        refuses: ({ prometheusOperator, stockEnvoy }) => prometheusOperator.enabled && stockEnvoy,
        reason: () =>
            "the stack's own Prometheus alone makes Istio's metrics of stockEnvoy's proxies, at the scrape",
    },
    {
        key: "prometheusOperator.labels",
        refuses: ({ prometheusOperator: { enabled, labels } }) =>
            !enabled && Object.keys(labels).length > 0,
        reason: () => "nothing bears them unless prometheusOperator.enabled is true",
    },
    {
        key: "kialiOpenId",
        refuses: ({ kialiAuth, kialiOpenId }) =>
            (kialiAuth === "openid") !== (kialiOpenId.issuerUri !== undefined),
        reason: () => "it is needed with kialiAuth openid, and allowed with nothing else",
    },
    {
        key: "namespace",
        refuses: ({ namespace }) => namespace.length > NAMESPACE_LENGTH,
        reason: ({ namespace }) =>
            `${namespace.length} characters are not allowed; allowed: at most ${NAMESPACE_LENGTH}, as the Gateway is named after it`,
    },
    {
        key: "domain",
        refuses: ({ domain }) => !/\.(?!\d+$)[^.]+$/.test(domain),
        reason: ({ domain }) =>
            `${JSON.stringify(domain)} is not allowed; allowed: a DNS name of two parts or more, of which the last is no number`,
    },
    {
        key: "namespace",
        refuses: ({ namespace, controlPlaneNamespace }) => namespace === controlPlaneNamespace,
        reason: () => "it cannot be the control plane's, which is never injected",
    },
    {
        key: "namespace",
        refuses: ({ namespace, controlPlaneNamespace }) =>
            namespace === CONTROL_PLANE_NAMESPACE && namespace !== controlPlaneNamespace,
        reason: ({ namespace }) => `it cannot be ${namespace}, which is for a control plane`,
    },
    // Istio's gateway is injected too, so the control plane needs a namespace like any other.
    ...(["namespace", "controlPlaneNamespace"] as const).map((key) => ({
        key,
        refuses: (keys: PlatformKeys) => reservedNamespace(keys[key]) !== undefined,
        reason: (keys: PlatformKeys) =>
            `it cannot be ${keys[key]}, ${reservedNamespace(keys[key]) ?? ""}`,
    })),
];

/** What is wrong with Istio and its addons, whoever asks for them. */
export function platformProblems(keys: PlatformKeys): ConfigProblem[] {
    return RULES.filter(({ prod }) => prod === undefined || keys.environment === "prod")
        .filter(({ refuses }) => refuses(keys))
        .map(({ key, reason }) => ({ key, reason: reason(keys) }));
}

/** What the services of prod cannot be given. */
export function productionProblems(
    keys: ConfigKeys,
    replicas: Readonly<Record<string, number>>,
): string[] {
    if (keys.environment !== "prod") {
        return [];
    }
    return [
        ...Object.keys(keys.faults).map(
            (name) => `faults.${name}: prod cannot be given faults: they would fail real orders`,
        ),
        ...Object.entries(replicas)
            .filter(([, count]) => count < 2)
            .map(
                ([name, count]) =>
                    `replicas.${name}: ${count} is not allowed in prod; allowed: 2 or more, so that one may fail`,
            ),
        ...(keys.backingServices === "deploy"
            ? [
                  "backingServices: prod cannot be given the single server for trying out; allowed: external",
              ]
            : []),
    ];
}

/** Deployers that are nobody, or more than somebody thought of. */
export function guardProblems(keys: ConfigKeys, catalog: Catalog): string[] {
    const { deployers, guard, namespace, controlPlaneNamespace } = keys;
    const { users, groups, serviceAccounts } = deployers;
    const nobody = [...users, ...groups, ...serviceAccounts].length === 0;
    const pods = [namespace, controlPlaneNamespace].map((name) => `system:serviceaccounts:${name}`);
    const workloads = new Set(workloadsOf(catalog).map(({ name }) => `${namespace}/${name}`));
    return [
        ...(guardIsOn(keys) && nobody
            ? [
                  "deployers: nobody is named, and the guard is on; name users, groups or serviceAccounts, or set guard.enabled to false",
              ]
            : []),
        ...groups
            .filter((group) => pods.includes(group))
            .map(
                (group) =>
                    `deployers.groups: ${group} is every pod of the mesh's; name one ServiceAccount in serviceAccounts`,
            ),
        ...serviceAccounts
            .filter((account) => workloads.has(account))
            .map(
                (account) =>
                    `deployers.serviceAccounts: ${account} is a workload of the mesh, which could then rewrite who may call it`,
            ),
        ...(guard.breakGlassGroup !== undefined && groups.includes(guard.breakGlassGroup)
            ? [
                  `guard.breakGlassGroup: ${guard.breakGlassGroup} is among the deployers, so its use would not be recorded`,
              ]
            : []),
    ];
}

/** Whether the API server is to keep strangers from the mesh: unless the stack says so itself, in prod. */
export function guardIsOn({ guard, environment }: ConfigKeys): boolean {
    return guard.enabled ?? environment === "prod";
}

/** Services with a version of their own that is called as a canary would be. */
function declaringCanary(catalog: Catalog): string[] {
    return catalog.services
        .filter(({ versions }) => versions.some(({ name }) => name === CANARY))
        .map(({ name }) => name);
}

/** Characters of a host. */
const HOST_LENGTH = 253;

/** Settings that name a service, and what its own names become with them. */
export function referenceProblems(keys: ConfigKeys, catalog: Catalog): string[] {
    const services = catalog.services.map(({ name }) => name);
    const all = workloadsOf(catalog).map(({ name }) => name);
    const unknown = (
        key: string,
        names: readonly string[],
        allowed: readonly string[],
    ): string[] => {
        const known = new Set(allowed);
        return names
            .filter((name) => !known.has(name))
            .map(
                (name) =>
                    `${key}.${name}: there is no such service; allowed: ${allowed.join(", ")}`,
            );
    };
    return [
        ...catalog.services.flatMap(({ name, hostname }) => {
            const host = hostname === undefined ? "" : publicHost(hostname, keys);
            return host.length > HOST_LENGTH
                ? [
                      `domain: the host ${hostname ?? ""} of ${name} has ${host.length} characters with it; allowed: at most ${HOST_LENGTH}`,
                  ]
                : [];
        }),
        ...(["replicas", "faults", "canaries"] as const).flatMap((key) =>
            unknown(key, Object.keys(keys[key]), services),
        ),
        ...declaringCanary(catalog)
            .filter((name) => name in keys.canaries)
            .map(
                (name) =>
                    `canaries.${name}: the service declares a version ${CANARY} of its own; rename that one`,
            ),
        ...unknown("serviceImages", Object.keys(keys.serviceImages), all),
    ];
}

/** What is wrong with the catalogue only since it has this stack's canaries, such as a Deployment's name used twice. */
export function canaryProblems({ canaries }: ConfigKeys, catalog: Catalog): string[] {
    if (Object.keys(canaries).length === 0) {
        return [];
    }
    const without = new Set(catalogProblems(catalog));
    const declared = new Set(declaringCanary(catalog));
    // Of these referenceProblems says so already.
    const added = Object.fromEntries(
        Object.entries(canaries).filter(([name]) => !declared.has(name)),
    );
    return catalogProblems(withCanaries(catalog, added))
        .filter((problem) => !without.has(problem))
        .map((problem) => `canaries: ${problem}`);
}
