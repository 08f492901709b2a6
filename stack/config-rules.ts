import { CANARY, withCanaries } from "#model/canary.ts";
import type { Catalog } from "#model/intents.ts";
import { catalogProblems } from "#model/problems.ts";
import type { ConfigKeys } from "./config-schema.ts";

/** What is allowed in the other environments, but never where payments run. */
export function productionProblems(
    keys: ConfigKeys,
    replicas: Readonly<Record<string, number>>,
): string[] {
    if (keys.environment !== "prod") {
        return [];
    }
    const { samplingPercent: sampling } = keys;
    return [
        ...(keys.size === "small"
            ? ["size: small is not allowed in prod: one istiod and one gateway; allowed: large"]
            : []),
        ...Object.keys(keys.faults).map(
            (name) => `faults.${name}: prod cannot be given faults: they would fail real orders`,
        ),
        ...(sampling < 1 || sampling > 10
            ? [`samplingPercent: ${sampling} is not allowed in prod; allowed: 1 to 10`]
            : []),
        ...Object.entries(replicas)
            .filter(([, count]) => count < 2)
            .map(
                ([name, count]) =>
                    `replicas.${name}: ${count} is not allowed in prod; allowed: 2 or more, so that one may fail`,
            ),
        ...(keys.stockEnvoy
            ? [
                  "stockEnvoy: prod cannot be given the local platform's proxy: it reports no istio_* metrics",
              ]
            : []),
        ...(keys.gateway.nodePorts
            ? ["gateway.nodePorts: prod cannot be given the local platform's fixed ports"]
            : []),
        ...(keys.kialiAuth === "anonymous"
            ? [
                  "kialiAuth: anonymous is not allowed in prod; allowed: token, openid, openshift, header",
              ]
            : []),
        ...(keys.grafanaAnonymousViewer
            ? ["grafanaAnonymousViewer: prod cannot be given an open Grafana"]
            : []),
        ...(keys.backingServices === "deploy"
            ? [
                  "backingServices: prod cannot be given the single server for trying out; allowed: external",
              ]
            : []),
    ];
}

/** Settings that name a service, or need another one. */
export function referenceProblems(keys: ConfigKeys, catalog: Catalog): string[] {
    const services = catalog.services.map(({ name }) => name);
    const all = [...services, ...catalog.backing.map(({ name }) => name)];
    const unknown = (key: string, names: readonly string[], known: readonly string[]): string[] =>
        names
            .filter((name) => !known.includes(name))
            .map(
                (name) => `${key}.${name}: there is no such service; allowed: ${known.join(", ")}`,
            );
    const { addons } = keys;
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
        ...(addons.kiali && !addons.prometheus
            ? [
                  "addons.kiali: Kiali draws its graph from Prometheus; switch addons.prometheus on as well",
              ]
            : []),
        ...(addons.grafana && !addons.prometheus
            ? ["addons.grafana: Grafana reads from Prometheus; switch addons.prometheus on as well"]
            : []),
        ...((keys.kialiAuth === "openid") !== (keys.kialiOpenId.issuerUri !== undefined)
            ? ["kialiOpenId: it is needed with kialiAuth openid, and allowed with nothing else"]
            : []),
        ...(keys.namespace === keys.controlPlaneNamespace
            ? ["namespace: it cannot be the control plane's, which is never injected"]
            : []),
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
