import type { EnvoyCluster, EnvoyVirtualHost, Proxy } from "#live/proxies/envoy-types.ts";
import { INBOUND_LISTENER } from "#live/proxies/envoy-types.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { clusterHost, outboundCluster, publicHost } from "#model/mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import type { HttpEdge } from "../../matrix.ts";
import { edgeName } from "../../matrix.ts";
import {
    clusterDifferences,
    declaredOutliers,
    declaredPool,
    heldOutliers,
    heldPool,
    withoutLimitsHint,
} from "./clusters.ts";
import type { Difference, Facts } from "./facts.ts";
import { describe, differences, factsText } from "./facts.ts";
import type { Treatment } from "./routes.ts";
import { faultFacts, routeDifferences } from "./routes.ts";

const HINT =
    "Deploy the program again, and look for whoever changed the mesh beside it (kubectl get --show-managed-fields).";

/** What one edge's check compares in routes, and the words for it. */
interface RouteSubject {
    readonly what: keyof Treatment;
    readonly title: string;
    readonly documentation: Check["documentation"];
}

const ROUTE_SUBJECTS: readonly RouteSubject[] = [
    {
        what: "timeouts",
        title: "every request goes to the declared versions and ends after the declared time",
        documentation:
            "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRoute",
    },
    {
        what: "retries",
        title: "a request is tried again as declared, one that may be carried out twice never",
        documentation:
            "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry",
    },
    {
        what: "faults",
        title: "only the faults of the stack's configuration are injected",
        documentation:
            "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPFaultInjection",
    },
];

/** What the proxy of an edge's caller holds about the callee, compared with the declarations. */
export function httpEdgeChecks(edge: HttpEdge, mesh: DeclaredMesh): Check[] {
    const { caller, service } = edge;
    const whom = edgeName(edge);
    return [
        ...ROUTE_SUBJECTS.map(({ what, title, documentation }): Check => ({
            id: `resilience/${what}/${whom}`,
            title: `${title} (${caller} to ${service.name})`,
            documentation,
            run: (live) => judgeRoutes(what, edge, mesh, live),
        })),
        {
            id: `resilience/breaker/${whom}`,
            title: `${caller} limits its connections and requests to ${service.name} as declared`,
            documentation:
                "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ConnectionPoolSettings",
            run: (live) =>
                judgeClusters(edge, live, declaredPool(service.connectionPool), heldPool),
        },
        {
            id: `resilience/outliers/${whom}`,
            title: `${caller} ejects failing pods of ${service.name} as declared`,
            documentation:
                "https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection",
            run: (live) =>
                judgeClusters(edge, live, declaredOutliers(service.outlierDetection), heldOutliers),
        },
    ];
}

/** What was found, as a check's outcome. */
export function outcomeOf(
    found: readonly Difference[],
    pod: string,
    seen: string,
    hint: string = HINT,
): Outcome {
    if (found.length === 0) {
        return passed(`${seen} (proxy of ${pod})`);
    }
    const { expected, seen: held } = describe(found);
    return failed(expected, `${held} (proxy of ${pod})`, hint);
}

async function judgeRoutes(
    what: keyof Treatment,
    edge: HttpEdge,
    { config, context }: DeclaredMesh,
    live: LiveMesh,
): Promise<Outcome> {
    const { caller, service } = edge;
    if (caller === INGRESS_GATEWAY && service.hostname === undefined) {
        return skipped(`${service.name} declares no hostname, so the gateway has no route to it`);
    }
    const proxy = await live.proxy(caller);
    const hosts = virtualHostsOf(edge, proxy, live);
    if (hosts.length === 0) {
        return failed(
            `routes to ${service.name}`,
            `none in the proxy of ${proxy.pod}`,
            `Look whether the VirtualService ${service.name} and the caller's Sidecar are there.`,
        );
    }
    const fault = config.faults[service.name];
    const found = hosts.flatMap((host) =>
        routeDifferences(what, host, service, context, fault).map((difference) => ({
            ...difference,
            // Where there are several they need not agree: a gateway has one a port.
            ...(hosts.length > 1 && { subject: `${difference.subject} at ${host.name}` }),
        })),
    );
    const beside = what === "faults" ? await filterFaults(edge, proxy, live) : [];
    return outcomeOf(
        [...found, ...beside],
        proxy.pod,
        `${service.routes.map(({ prefix }) => prefix).join(", ")} as declared`,
    );
}

function virtualHostsOf(
    { caller, service }: HttpEdge,
    { virtualHosts }: Proxy,
    { mesh: { context } }: LiveMesh,
): readonly EnvoyVirtualHost[] {
    if (caller !== INGRESS_GATEWAY) {
        const name = `${clusterHost(service.name, context)}:${service.port}`;
        return virtualHosts.filter((host) => host.name === name);
    }
    const domain = publicHost(service.hostname ?? "", context);
    return virtualHosts.filter(({ domains }) => domains?.includes(domain));
}

/** Faults that whole listeners make, on the caller's way out and on the callee's way in. Nothing declares any. */
async function filterFaults(
    { service }: HttpEdge,
    caller: Proxy,
    live: LiveMesh,
): Promise<Difference[]> {
    const callee = await live.proxy(service.name);
    const made = [
        ...caller.filterFaults
            .filter(({ listener }) => listener !== INBOUND_LISTENER)
            .map((fault) => ({ ...fault, pod: caller.pod })),
        ...callee.filterFaults
            .filter(({ listener }) => listener === INBOUND_LISTENER)
            .map((fault) => ({ ...fault, pod: callee.pod })),
    ];
    return made.flatMap(({ listener, fault, pod }) =>
        differences(`listener ${listener} of ${pod}`, faultFacts({}), faultFacts(fault)),
    );
}

/** Every version's cluster must hold what is declared for the service. */
async function judgeClusters(
    { caller, service }: HttpEdge,
    live: LiveMesh,
    wanted: Facts,
    held: (cluster: EnvoyCluster) => Facts,
): Promise<Outcome> {
    const { context } = live.mesh;
    const proxy = await live.proxy(caller);
    const found = service.versions.flatMap(({ name }) =>
        clusterDifferences(outboundCluster(service, name, context), proxy, wanted, held),
    );
    return outcomeOf(
        found,
        proxy.pod,
        factsText(wanted),
        withoutLimitsHint(found, proxy, service, context),
    );
}
