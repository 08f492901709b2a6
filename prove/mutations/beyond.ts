import { generateKeyPairSync } from "node:crypto";
import type { HttpEdge } from "#checks/matrix.ts";
import { identityOf, principalOf } from "#model/authorization.ts";
import { IMAGES } from "#local/versions.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { clusterHost, GATEWAY_SELECTOR, gatewayName } from "#model/mesh.ts";
import { ISTIOD } from "#model/platform-names.ts";
import { sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { ADDED, added, refTo, withLabels, withSpec } from "../changes.ts";
import type { Change, Mutation } from "../mutation.ts";
import { subjectsOf } from "./subjects.ts";

/** A path and a host that no probe asks for. */
const [UNASKED_PATH, UNASKED_HOST] = ["/unasked", "other"];
/** What follows from what was added is no finding of the proof's. */
const CONSEQUENCES = ["config/analyzers", "authorization/*", "edge/*"];

/** What somebody adds beside the declarations, so that no question about what is declared has another answer. */
export function beyondMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { edges } = subjectsOf(mesh);
    return edges
        .flatMap((edge) => [
            ...doors(edge, mesh),
            ...policies(edge, mesh),
            ...filters(edge, mesh),
            ...detours(edge, mesh),
            ...strangers(edge, mesh),
        ])
        .map((mutation) => ({ mayBreak: CONSEQUENCES, ...mutation }));
}

function doors({ service, callee }: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { context } = mesh;
    const destination = {
        host: clusterHost(callee, context),
        port: { number: service.port },
    };
    const host = `${UNASKED_HOST}.${context.domain}`;
    return [
        {
            name: `the gateway serves a host that nobody declared, and may ask ${callee} for one path`,
            weakens: "the gateway leads to nobody but who is exposed",
            breaks: [`closed/routes/${INGRESS_GATEWAY}`, `closed/access/${callee}`],
            changes: [
                added(
                    "VirtualService",
                    {
                        hosts: [host],
                        gateways: [gatewayName(context)],
                        http: [{ route: [{ destination }] }],
                    },
                    context,
                ),
                added(
                    "AuthorizationPolicy",
                    allowed(callee, {
                        from: [{ source: { principals: [ofTheGateway(mesh)] } }],
                        to: [{ operation: { methods: ["GET"], paths: [UNASKED_PATH] } }],
                    }),
                    context,
                ),
            ],
        },
        {
            name: `a second Gateway passes connections through to ${callee}`,
            weakens: "there is no door in the gateway but the declared ones",
            breaks: [`closed/doors/${INGRESS_GATEWAY}`, `closed/routes/${INGRESS_GATEWAY}`],
            changes: [
                added(
                    "Gateway",
                    {
                        selector: { ...GATEWAY_SELECTOR },
                        servers: [
                            {
                                port: { number: 443, name: "tls-passthrough", protocol: "TLS" },
                                hosts: [`raw.${context.domain}`],
                                tls: { mode: "PASSTHROUGH" },
                            },
                        ],
                    },
                    context,
                ),
                added(
                    "VirtualService",
                    {
                        hosts: [`raw.${context.domain}`],
                        gateways: [ADDED],
                        tls: [
                            {
                                match: [{ port: 443, sniHosts: [`raw.${context.domain}`] }],
                                route: [{ destination }],
                            },
                        ],
                    },
                    context,
                ),
            ],
        },
    ];
}

function ofTheGateway({ context }: DeclaredMesh): string {
    return principalOf(identityOf(INGRESS_GATEWAY, context), context);
}

function allowed(workload: string, rule: object): object {
    return { selector: { matchLabels: { app: workload } }, action: "ALLOW", rules: [rule] };
}

function policies({ callee }: HttpEdge, { context }: DeclaredMesh): readonly Mutation[] {
    const letting = (name: string, rule: object): Mutation => ({
        name,
        weakens: `nobody but the declared callers may ask ${callee} for anything`,
        breaks: [`closed/access/${callee}`],
        changes: [added("AuthorizationPolicy", allowed(callee, rule), context)],
    });
    return [
        letting(`everybody in another namespace may ask ${callee} for anything`, {
            from: [{ source: { namespaces: ["default"] } }],
        }),
        letting(`whoever has a header may read from ${callee}`, {
            to: [{ operation: { methods: ["GET"] } }],
            when: [{ key: "request.headers[x-debug]", values: ["*"] }],
        }),
        {
            name: `a token is read at ${callee}`,
            weakens: `${callee} has no filters but Istio's own for what is declared`,
            breaks: [`closed/filters/${callee}`],
            changes: [
                added(
                    "RequestAuthentication",
                    {
                        selector: { matchLabels: { app: callee } },
                        jwtRules: [
                            { issuer: "nobody", jwks: JSON.stringify({ keys: [someKey()] }) },
                        ],
                    },
                    context,
                ),
            ],
        },
    ];
}

/** A key of nobody's. */
function someKey(): object {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return { ...publicKey.export({ format: "jwk" }), kid: "nobody", alg: "ES256", use: "sig" };
}

function filters({ callee }: HttpEdge, { context }: DeclaredMesh): readonly Mutation[] {
    const manager = "envoy.filters.network.http_connection_manager";
    const patched = (name: string, patch: object): Mutation => ({
        name,
        weakens: `${callee} has no filters but Istio's own, set as the mesh says`,
        breaks: [`closed/filters/${callee}`],
        changes: [
            added(
                "EnvoyFilter",
                { workloadSelector: { labels: { app: callee } }, configPatches: [patch] },
                context,
            ),
        ],
    });
    return [
        patched(`a script reads every request to ${callee}`, {
            applyTo: "HTTP_FILTER",
            match: {
                context: "SIDECAR_INBOUND",
                listener: {
                    filterChain: {
                        filter: { name: manager, subFilter: { name: "envoy.filters.http.router" } },
                    },
                },
            },
            patch: {
                operation: "INSERT_BEFORE",
                value: {
                    name: "envoy.filters.http.lua",
                    typed_config: {
                        "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                        default_source_code: {
                            inline_string: "function envoy_on_request(handle) end",
                        },
                    },
                },
            },
        }),
        patched(`the proxy of ${callee} takes paths with encoded slashes as they come`, {
            applyTo: "NETWORK_FILTER",
            match: {
                context: "SIDECAR_INBOUND",
                listener: { filterChain: { filter: { name: manager } } },
            },
            patch: {
                operation: "MERGE",
                value: {
                    typed_config: {
                        "@type":
                            "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                        path_with_escaped_slashes_action: "KEEP_UNCHANGED",
                    },
                },
            },
        }),
    ];
}

function detours(edge: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { context, catalog, config } = mesh;
    const { service, caller, callee } = edge;
    const { namespace, controlPlaneNamespace } = context;
    const declared = virtualServiceSpec(service, context, config.faults[callee]);
    const routed = (extra: object): Change =>
        withSpec(refTo("VirtualService", callee, namespace), {
            ...declared,
            http: declared.http?.map((route) =>
                route.route === undefined ? route : { ...route, ...extra },
            ),
        });
    const callerService = catalog.services.find(({ name }) => name === caller);
    const [, collector] = context.collector?.split("/") ?? [];
    return [
        {
            name: `requests to ${callee} are copied to the platform`,
            weakens: `requests to ${callee} go to nobody else`,
            breaks: [`closed/routes/${caller}`],
            changes: [
                routed({
                    mirror: {
                        host: clusterHost(ISTIOD, { namespace: controlPlaneNamespace }),
                        port: { number: 15014 },
                    },
                }),
            ],
        },
        {
            name: `callers of ${callee} say who they are in a header of somebody's choice`,
            weakens: `requests reach ${callee} as they were sent`,
            breaks: [`closed/routes/${caller}`],
            changes: [routed({ headers: { request: { set: { "x-user": "root" } } } })],
        },
        ...(callerService === undefined
            ? []
            : [
                  {
                      name: `${caller} reaches every host of the cluster`,
                      weakens: `${caller} reaches those alone who let it in`,
                      breaks: [`closed/reach/${caller}`],
                      changes: [
                          withSpec(refTo("Sidecar", caller, namespace), {
                              ...sidecarSpec(callerService, catalog, context),
                              egress: [{ hosts: ["*/*"] }],
                          }),
                      ],
                  },
              ]),
        ...(collector === undefined
            ? []
            : [
                  {
                      name: "a rule says how spans are sent",
                      weakens: "nobody but the declared rules say how a host is called",
                      breaks: [`closed/reach/${caller}`],
                      changes: [
                          added(
                              "DestinationRule",
                              {
                                  host: collector,
                                  trafficPolicy: { loadBalancer: { simple: "RANDOM" } },
                              },
                              context,
                          ),
                      ],
                  },
              ]),
    ];
}

/** Objects that no proxy need show. */
function strangers(edge: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { context } = mesh;
    const { service, callee } = edge;
    return [
        {
            name: "a host outside is known to the mesh",
            weakens: "data leaves for the declared hosts alone",
            breaks: ["closed/objects/networking"],
            changes: [
                added(
                    "ServiceEntry",
                    {
                        hosts: ["outside.example"],
                        location: "MESH_EXTERNAL",
                        resolution: "DNS",
                        ports: [{ number: 443, name: "tls", protocol: "TLS" }],
                    },
                    context,
                ),
            ],
        },
        {
            name: `another Service leads to ${callee}`,
            weakens: `${callee} is reached by its own Service alone`,
            breaks: ["closed/objects/services"],
            changes: [
                added(
                    "Service",
                    {
                        selector: { app: callee },
                        ports: [
                            {
                                name: "http",
                                appProtocol: "http",
                                port: 80,
                                targetPort: service.port,
                            },
                        ],
                    },
                    context,
                ),
            ],
        },
        {
            name: "a NetworkPolicy opens the namespace to everybody",
            weakens: "nobody adds to who may connect",
            breaks: ["closed/objects/network-policies"],
            changes: [
                added(
                    "NetworkPolicy",
                    { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] },
                    context,
                ),
            ],
        },
        {
            name: `somebody's pod runs as ${callee}`,
            weakens: `nobody but its own workload is ${callee}`,
            breaks: ["closed/identities/pods"],
            mayBreak: [...CONSEQUENCES, "config/*"],
            changes: [added("Pod", thiefOf(service), context)],
        },
        {
            name: "Istio leaves the namespace's next pods alone",
            weakens: "the namespace tells Istio what is declared",
            breaks: ["closed/objects/namespaces"],
            changes: [
                withLabels(refTo("Namespace", context.namespace), {
                    "istio.io/dataplane-mode": "none",
                }),
            ],
        },
    ];
}

/** A pod that does nothing, under the account of a service. */
function thiefOf({ name, runAsUser }: ServiceIntent): object {
    return {
        serviceAccountName: name,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: {
            runAsNonRoot: true,
            runAsUser,
            seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
            {
                name: "idle",
                image: IMAGES.probe,
                imagePullPolicy: "IfNotPresent",
                command: ["node", "-e", "setInterval(() => {}, 2 ** 30)"],
                securityContext: {
                    allowPrivilegeEscalation: false,
                    capabilities: { drop: ["ALL"] },
                },
            },
        ],
    };
}
