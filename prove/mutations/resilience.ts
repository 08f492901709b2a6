import type { HttpEdge } from "#checks/matrix.ts";
import { edgeName } from "#checks/matrix.ts";
import { DEFAULT_IDEMPOTENCY_HEADER } from "#model/intents.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { milliseconds } from "#model/duration.ts";
import type {
    HttpConnectionPool,
    RetryIntent,
    RouteIntent,
    ServiceIntent,
} from "#model/intents.ts";
import { sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { ADDED, refTo, without, withSpec } from "../changes.ts";
import type { Change, Mutation } from "../mutation.ts";
import { subjectsOf } from "./subjects.ts";

/** A namespace that every cluster has, and that is none of the mesh's. */
const ELSEWHERE = "default";

/** What keeps one failing service from pulling the others down. */
export function resilienceMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { edges } = subjectsOf(mesh);
    return edges.flatMap((edge) => [
        ...routeMutations(edge, mesh),
        ...limitMutations(edge.service, mesh),
        ruleOfNobody(edge.service, mesh),
        scope(edge, mesh),
    ]);
}

function routeMutations({ service }: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { name } = service;
    return [
        {
            name: `requests to ${name} may take a minute longer`,
            weakens: "a request ends after the declared time",
            breaks: [`resilience/timeouts/*:${name}`],
            changes: [
                routing(service, mesh, (route) => ({
                    ...route,
                    timeout: `${milliseconds(route.timeout) / 1000 + 60}s`,
                })),
            ],
        },
        {
            name: `requests to ${name} are tried once more`,
            weakens: "a failing service is not buried under retries",
            breaks: [`resilience/retries/*:${name}`],
            changes: [
                routing(service, mesh, ({ retries = ONLY_CONNECTIONS, ...route }) => ({
                    ...route,
                    retries: { ...retries, attempts: retries.attempts + 1 },
                })),
            ],
        },
        {
            name: `a POST to ${name} without a key is tried again after a 5xx`,
            weakens: "what may be carried out twice is not tried again",
            breaks: [`resilience/retries/*:${name}`],
            changes: [retryingEverything(service, mesh)],
        },
        {
            name: `one request in a million to ${name} is delayed`,
            weakens: "no fault that the stack does not declare",
            breaks: [`resilience/faults/*:${name}`],
            changes: [
                withSpec(
                    virtualService(service, mesh),
                    virtualServiceSpec(service, mesh.context, {
                        delay: { fixedDelay: "1ms", percent: 0.0001 },
                    }),
                ),
            ],
        },
        {
            name: `callers of ${name} reach it past its versions`,
            weakens: "the traffic goes to the declared versions",
            breaks: [`resilience/timeouts/*:${name}`],
            changes: [unversioned(service, mesh)],
        },
    ];
}

/** Retries of a route that declares none, before one is added. */
const ONLY_CONNECTIONS: RetryIntent = {
    attempts: 0,
    perTryTimeout: "1s",
    on: ["connect-failure"],
    idempotencyHeader: DEFAULT_IDEMPOTENCY_HEADER,
};

function limitMutations(service: ServiceIntent, mesh: DeclaredMesh): readonly Mutation[] {
    const { name, connectionPool: pool, outlierDetection: outliers } = service;
    return [
        {
            name: `${name} is sent twice as many requests at a time`,
            weakens: "each caller limits what it asks at a time",
            breaks: [`resilience/breaker/*:${name}`],
            changes: [
                limiting(service, mesh, {
                    connectionPool: twice(pool),
                }),
            ],
        },
        {
            name: `${name} takes twice as many requests at a time`,
            weakens: "a service limits what all callers together ask at a time",
            breaks: [`resilience/server-breaker/${name}`],
            changes: [
                withSpec(
                    refTo("Sidecar", name, mesh.context.namespace),
                    sidecarSpec(
                        { ...service, connectionPool: twice(pool) },
                        mesh.catalog,
                        mesh.context,
                    ),
                ),
            ],
        },
        {
            name: `a failing pod of ${name} is ejected ten errors later`,
            weakens: "failing pods are ejected in time",
            breaks: [`resilience/outliers/*:${name}`],
            changes: [
                limiting(service, mesh, {
                    outlierDetection: {
                        ...outliers,
                        consecutive5xxErrors: outliers.consecutive5xxErrors + 10,
                    },
                }),
            ],
        },
        {
            name: `a smaller share of ${name} may be ejected`,
            weakens: "the declared share of failing pods is ejected",
            breaks: [`resilience/outliers/*:${name}`],
            changes: [
                limiting(service, mesh, {
                    outlierDetection: {
                        ...outliers,
                        maxEjectionPercent: outliers.maxEjectionPercent - 1,
                    },
                }),
            ],
        },
    ];
}

function twice(pool: HttpConnectionPool): HttpConnectionPool {
    return { ...pool, http2MaxRequests: pool.http2MaxRequests * 2 };
}

/** Istio looks for a DestinationRule where the caller, the service and the control plane live, and nowhere else. */
function ruleOfNobody(service: ServiceIntent, { context }: DeclaredMesh): Mutation {
    const { name } = service;
    return {
        name: `the DestinationRule of ${name} stands where Istio does not look`,
        weakens: "a limit that is declared is one that callers have",
        breaks: [`resilience/breaker/*:${name}`, `resilience/outliers/*:${name}`],
        // Routes lead to versions that callers then do not know, so that nobody reaches it.
        mayBreak: [
            `resilience/*${name}`,
            `identity/*:${name}`,
            `authorization/*:${name}`,
            `telemetry/*${name}`,
            "telemetry/trace",
            "config/analyzers",
        ],
        changes: [
            without(refTo("DestinationRule", name, context.namespace)),
            {
                kind: "create",
                object: {
                    ...refTo("DestinationRule", ADDED, ELSEWHERE),
                    spec: destinationRuleSpec(service, context),
                },
            },
        ],
    };
}

/** A proxy that is not told of its callee sends requests past every limit, as to a server outside the mesh. */
function scope(edge: HttpEdge, mesh: DeclaredMesh): Mutation {
    const { caller, callee } = edge;
    const { catalog, context } = mesh;
    const name = edgeName(edge);
    const alone = {
        ...catalog,
        services: catalog.services.filter((service) => service.name !== callee),
    };
    const spec = catalog.services
        .filter((service) => service.name === caller)
        .map((service) => sidecarSpec(service, alone, context));
    return {
        name: `the Sidecar of ${caller} leaves out ${callee}`,
        weakens: "a proxy knows whom its workload calls",
        breaks: [
            ...["timeouts", "retries", "breaker", "outliers"].map(
                (what) => `resilience/${what}/${name}`,
            ),
            `identity/server-names/${name}`,
        ],
        mayBreak: [`resilience/faults/${name}`, "telemetry/trace"],
        changes: spec.map((each) => withSpec(refTo("Sidecar", caller, context.namespace), each)),
    };
}

function virtualService(
    { name }: ServiceIntent,
    { context: { namespace } }: DeclaredMesh,
): ReturnType<typeof refTo> {
    return refTo("VirtualService", name, namespace);
}

/** The routes of a service with other ones in their place. */
function routing(
    service: ServiceIntent,
    mesh: DeclaredMesh,
    change: (route: RouteIntent) => RouteIntent,
): Change {
    const [first, ...others] = service.routes;
    const weaker = { ...service, routes: [change(first), ...others.map(change)] as const };
    return withSpec(
        virtualService(service, mesh),
        virtualServiceSpec(weaker, mesh.context, mesh.config.faults[service.name]),
    );
}

function retryingEverything(service: ServiceIntent, mesh: DeclaredMesh): Change {
    const spec = virtualServiceSpec(service, mesh.context, mesh.config.faults[service.name]);
    return withSpec(virtualService(service, mesh), {
        ...spec,
        http: spec.http?.map((route) =>
            route.name?.endsWith("-idempotent") === true || route.directResponse !== undefined
                ? route
                : { ...route, retries: { attempts: 2, ...route.retries, retryOn: "5xx" } },
        ),
    });
}

function unversioned(service: ServiceIntent, mesh: DeclaredMesh): Change {
    const spec = virtualServiceSpec(service, mesh.context, mesh.config.faults[service.name]);
    const [first] = service.versions;
    return withSpec(virtualService(service, mesh), {
        ...spec,
        http: spec.http?.map(({ route, ...rest }) => ({
            ...rest,
            ...(route && {
                route: route
                    .filter(({ destination }) => destination.subset === first.name)
                    .map(({ destination: { host, port } }) => ({
                        destination: { host, ...(port && { port }) },
                    })),
            }),
        })),
    });
}

function limiting(
    service: ServiceIntent,
    { context }: DeclaredMesh,
    weaker: Partial<ServiceIntent>,
): Change {
    return withSpec(
        refTo("DestinationRule", service.name, context.namespace),
        destinationRuleSpec({ ...service, ...weaker }, context),
    );
}
