import assert from "node:assert/strict";
import { CustomObjectsApi } from "@kubernetes/client-node";
import { proxyOf } from "#live/proxies/envoy.ts";
import { contentOf, helmRecords } from "#live/helm.ts";
import { allowPolicyName, callGraph, identityOf, principalOf } from "#model/authorization.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { clusterHost } from "#model/mesh.ts";
import { catalog } from "#services/catalog.ts";
import { renderStack } from "../render/render.ts";
import { serviceEdges } from "./matrix.ts";
import type { LiveObject } from "./objects.ts";
import { differences, liveObjects, programObjects, programReleases } from "./objects.ts";
import { context, coreApi, eventually, kubeConfig, up } from "./support.ts";

/** Istio's kinds that decide who may do what: the program's must be all there are. */
const ISTIO_KINDS = {
    "networking.istio.io": [
        "destinationrules",
        "envoyfilters",
        "gateways",
        "serviceentries",
        "sidecars",
        "virtualservices",
        "workloadentries",
    ],
    "security.istio.io": ["authorizationpolicies", "peerauthentications", "requestauthentications"],
    "telemetry.istio.io": ["telemetries"],
} as const;

function nameOf({ kind, metadata }: LiveObject): string {
    return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

describe("deployment of the program", () => {
    it("every object is in the cluster with exactly the program's fields", async () => {
        const objects = programObjects(await renderStack("local"));
        assert.ok(objects.length > 20, `only ${objects.length} objects were rendered`);
        const live = await liveObjects(await renderStack("local"));
        const found: Record<string, string[]> = {};
        for (const [index, object] of objects.entries()) {
            const wrong = differences(object, live[index]);
            if (wrong.length > 0) {
                found[nameOf(object)] = wrong;
            }
        }
        assert.deepEqual(found, {});
    });

    it("every release has exactly the program's values", async () => {
        const releases = programReleases(await renderStack("local"));
        assert.ok(releases.length >= 3, `only ${releases.length} releases were rendered`);
        for (const { name, namespace, values } of releases) {
            const record = (await helmRecords(coreApi(), { name, namespace })).at(-1);
            assert.ok(record, `Helm has no record of ${name}`);
            assert.deepEqual(contentOf(record).config, values, name);
            assert.equal(record.status, "deployed", name);
        }
    });

    it("no other object of Istio's is there", async () => {
        const rendered = programObjects(await renderStack("local"))
            .filter(({ apiVersion }) => apiVersion.split("/")[0]?.endsWith(".istio.io"))
            .map(nameOf);
        const api = kubeConfig().makeApiClient(CustomObjectsApi);
        const live: string[] = [];
        for (const [group, plurals] of Object.entries(ISTIO_KINDS)) {
            for (const plural of plurals) {
                const { items } = (await api.listClusterCustomObject({
                    group,
                    version: plural === "envoyfilters" ? "v1alpha3" : "v1",
                    plural,
                })) as { readonly items: readonly LiveObject[] };
                live.push(...items.map(nameOf));
            }
        }
        assert.deepEqual(live.sort(), rendered.sort());
    });

    it("what was changed by hand is repaired by the next deployment, and counted", async () => {
        const { namespace } = context;
        const api = kubeConfig().makeApiClient(CustomObjectsApi);
        const security = { group: "security.istio.io", version: "v1", namespace };
        const strict = { ...security, plural: "peerauthentications", name: "default" };
        const edge = callGraph(catalog, context)[0];
        assert.ok(edge);
        const allow = {
            ...security,
            plural: "authorizationpolicies",
            name: allowPolicyName(edge),
        };
        await api.patchNamespacedCustomObject({
            ...strict,
            body: [{ op: "replace", path: "/spec/mtls/mode", value: "PERMISSIVE" }],
        });
        await api.deleteNamespacedCustomObject(allow);

        const repaired = await up();
        assert.deepEqual(
            [repaired.created, repaired.changed, repaired.deleted],
            [1, 1, 0],
            repaired.stdout,
        );
        const policy = (await api.getNamespacedCustomObject(strict)) as {
            readonly spec: { readonly mtls: { readonly mode: string } };
        };
        assert.equal(policy.spec.mtls.mode, "STRICT");
        await api.getNamespacedCustomObject(allow);
    });
});

describe("effective configuration of the proxies", () => {
    for (const { caller, callee } of serviceEdges) {
        const service: ServiceIntent | undefined = catalog.services.find(
            ({ name }) => name === callee,
        );

        it(`${caller} has ${callee}'s time-outs and retries`, async () => {
            assert.ok(service);
            const { timeout, retries, prefix } = service.routes[0];
            assert.ok(retries);
            // A proxy gets its configuration some time after the object is in the cluster.
            await eventually(`routes of ${caller}`, 10, async () => {
                const proxy = await proxyOf(kubeConfig(), caller, context);
                const host = `${clusterHost(callee, context)}:${service.port}`;
                const routes = proxy.routes(host).map(({ match, route }) => ({
                    prefix: match.prefix,
                    conditions: match.headers?.length ?? 0,
                    cluster: route?.cluster,
                    timeout: route?.timeout,
                    retryOn: route?.retry_policy?.retry_on,
                    attempts: route?.retry_policy?.num_retries,
                    perTry: route?.retry_policy?.per_try_timeout,
                }));
                const common = {
                    prefix,
                    cluster: `outbound|${service.port}|v1|${clusterHost(callee, context)}`,
                    timeout,
                    attempts: retries.attempts,
                };
                const safe = {
                    ...common,
                    conditions: 1,
                    retryOn: retries.on.join(","),
                    perTry: retries.perTryTimeout,
                };
                assert.deepEqual(routes, [
                    // By method, and by idempotency key.
                    safe,
                    safe,
                    {
                        ...common,
                        conditions: 0,
                        retryOn: "connect-failure,refused-stream",
                        perTry: undefined,
                    },
                ]);
            });
        });

        it(`${caller} has ${callee}'s circuit breaker`, async () => {
            assert.ok(service);
            const { connectionPool: pool, outlierDetection: outlier } = service;
            const proxy = await proxyOf(kubeConfig(), caller, context);
            const cluster = proxy.cluster(
                `outbound|${service.port}|v1|${clusterHost(callee, context)}`,
            );
            assert.ok(cluster);
            const [threshold = {}] = cluster.circuit_breakers?.thresholds ?? [];
            assert.deepEqual(
                {
                    connections: threshold["max_connections"],
                    pending: threshold["max_pending_requests"],
                    requests: threshold["max_requests"],
                },
                {
                    connections: pool.maxConnections,
                    pending: pool.http1MaxPendingRequests,
                    requests: pool.http2MaxRequests,
                },
            );
            const detection = cluster.outlier_detection ?? {};
            assert.deepEqual(
                {
                    errors: detection["consecutive_5xx"],
                    interval: detection["interval"],
                    ejection: detection["base_ejection_time"],
                    share: detection["max_ejection_percent"],
                },
                {
                    errors: outlier.consecutive5xxErrors,
                    interval: outlier.interval,
                    ejection: outlier.baseEjectionTime,
                    share: outlier.maxEjectionPercent,
                },
            );
        });

        it(`${caller} speaks to nobody but ${callee}'s identity, and never plaintext`, async () => {
            assert.ok(service);
            const proxy = await proxyOf(kubeConfig(), caller, context);
            const cluster = proxy.cluster(
                `outbound|${service.port}|v1|${clusterHost(callee, context)}`,
            );
            assert.ok(cluster);
            const { name, typed_config: tls } = cluster.transport_socket ?? {};
            assert.equal(name, "envoy.transport_sockets.tls");
            assert.deepEqual(
                tls?.common_tls_context.combined_validation_context.default_validation_context
                    .match_subject_alt_names,
                [{ exact: `spiffe://${principalOf(identityOf(callee, context), context)}` }],
            );
            // One that depends on the endpoint could fall back to plaintext.
            assert.equal(cluster.transport_socket_matches, undefined);
        });
    }
});
