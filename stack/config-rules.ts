import { CANARY, withCanaries } from "#model/canary.ts";
import type { Catalog } from "#model/intents.ts";
import { catalogProblems } from "#model/problems.ts";
import type { ConfigProblem } from "./config-errors.ts";
import type { ConfigKeys } from "./config-schema.ts";
import type { PlatformKeys } from "./platform-keys.ts";

/** A rule across keys, or about prod. */
interface Rule {
    readonly key: string;
    /** Whether prod alone has it: what may be tried out elsewhere, but never where payments run. */
    readonly prod?: true;
    /** Why the keys are refused; `undefined` where they are not. */
    readonly refuses: (keys: PlatformKeys) => string | undefined;
}

function when(refused: boolean, reason: string): string | undefined {
    return refused ? reason : undefined;
}

const RULES: readonly Rule[] = [
    {
        key: "size",
        prod: true,
        refuses: ({ size }) =>
            when(
                size === "small",
                "small is not allowed in prod: one istiod and one gateway; allowed: large",
            ),
    },
    {
        key: "samplingPercent",
        prod: true,
        refuses: ({ samplingPercent: given }) =>
            when(given < 1 || given > 10, `${given} is not allowed in prod; allowed: 1 to 10`),
    },
    {
        key: "stockEnvoy",
        prod: true,
        refuses: ({ stockEnvoy }) =>
            when(
                stockEnvoy,
                "prod cannot be given the local platform's proxy: it reports no istio_* metrics",
            ),
    },
    {
        key: "gateway.nodePorts",
        prod: true,
        refuses: ({ gateway }) =>
            when(
                gateway.nodePorts !== undefined,
                "prod cannot be given the local platform's fixed ports",
            ),
    },
    {
        key: "kialiAuth",
        prod: true,
        refuses: ({ kialiAuth }) =>
            when(
                kialiAuth === "anonymous",
                "anonymous is not allowed in prod; allowed: token, openid, openshift, header",
            ),
    },
    {
        key: "grafanaAnonymousViewer",
        prod: true,
        refuses: ({ grafanaAnonymousViewer }) =>
            when(grafanaAnonymousViewer, "prod cannot be given an open Grafana"),
    },
    {
        key: "addons.kiali",
        refuses: ({ addons }) =>
            when(
                addons.kiali && !addons.prometheus,
                "Kiali draws its graph from Prometheus; switch addons.prometheus on as well",
            ),
    },
    {
        key: "addons.grafana",
        refuses: ({ addons }) =>
            when(
                addons.grafana && !addons.prometheus,
                "Grafana reads from Prometheus; switch addons.prometheus on as well",
            ),
    },
    {
        key: "kialiOpenId",
        refuses: ({ kialiAuth, kialiOpenId }) =>
            when(
                (kialiAuth === "openid") !== (kialiOpenId.issuerUri !== undefined),
                "it is needed with kialiAuth openid, and allowed with nothing else",
            ),
    },
    {
        key: "namespace",
        refuses: ({ namespace, controlPlaneNamespace }) =>
            when(
                namespace === controlPlaneNamespace,
                "it cannot be the control plane's, which is never injected",
            ),
    },
];

/** What is wrong with Istio and its addons, whoever asks for them. */
export function platformProblems(keys: PlatformKeys): ConfigProblem[] {
    return RULES.filter(({ prod }) => prod === undefined || keys.environment === "prod").flatMap(
        ({ key, refuses }) => {
            const reason = refuses(keys);
            return reason === undefined ? [] : [{ key, reason }];
        },
    );
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

/** Settings that name a service. */
export function referenceProblems(keys: ConfigKeys, catalog: Catalog): string[] {
    const services = catalog.services.map(({ name }) => name);
    const all = [...services, ...catalog.backing.map(({ name }) => name)];
    const unknown = (key: string, names: readonly string[], known: readonly string[]): string[] =>
        names
            .filter((name) => !known.includes(name))
            .map(
                (name) => `${key}.${name}: there is no such service; allowed: ${known.join(", ")}`,
            );
    return [
        ...unknown("replicas", Object.keys(keys.replicas), services),
        ...unknown("faults", Object.keys(keys.faults), services),
        ...unknown("canaries", Object.keys(keys.canaries), services),
        ...unknown("weightOwners", Object.keys(keys.weightOwners), services),
        ...Object.keys(keys.canaries)
            .filter((name) => name in keys.weightOwners)
            .map(
                (name) =>
                    `canaries.${name}: weightOwners gives its weights to ${keys.weightOwners[name] ?? ""}; allowed: one of the two`,
            ),
        ...catalog.services
            .filter((service) => service.name in keys.canaries)
            .filter((service) => service.versions.some(({ name }) => name === CANARY))
            .map(
                ({ name }) =>
                    `canaries.${name}: the service declares a version ${CANARY} of its own; rename that one`,
            ),
        ...unknown("serviceImages", Object.keys(keys.serviceImages), all),
    ];
}

/** What is wrong with the catalogue only since it has this stack's canaries, such as a Deployment's name used twice. */
export function canaryProblems({ canaries }: ConfigKeys, catalog: Catalog): string[] {
    const without = catalogProblems(catalog);
    const declared = catalog.services
        .filter((service) => service.versions.some(({ name }) => name === CANARY))
        .map(({ name }) => name);
    // A version of that name beside its canary is said to be wrong as such.
    const added = Object.fromEntries(
        Object.entries(canaries).filter(([name]) => !declared.includes(name)),
    );
    return catalogProblems(withCanaries(catalog, added))
        .filter((problem) => !without.includes(problem))
        .map((problem) => `canaries: ${problem}`);
}
