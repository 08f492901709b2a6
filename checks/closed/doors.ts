import type { IGateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import type {
    EnvoyCluster,
    EnvoyFilterChain,
    EnvoyListener,
    Proxy,
} from "#live/proxies/envoy-types.ts";
import { INBOUND_LISTENER } from "#live/proxies/envoy-types.ts";
import { chainsOf, isHttp } from "#live/proxies/envoy.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { Statement } from "./statement.ts";
import type { ProxiedPod } from "./workload.ts";

type Server = NonNullable<NonNullable<IGateway["spec"]>["servers"]>[number];

/** How a proxy reads what reaches it. */
type Protocol = "HTTP" | "TCP";

/** A port of a workload that one of its Services leads to. */
export interface ServedPort {
    readonly port: number;
    readonly protocol: Protocol;
}

const MUTUAL_TLS = "mutual TLS";
const PLAIN_TEXT = "plain text";
const TLS_SOCKET = "envoy.transport_sockets.tls";
/** Ports of the bootstrap's own: the proxy's health, and its metrics. */
const STATIC_PORTS: readonly (number | undefined)[] = [15021, 15090];
/** How Istio calls the listener for what a workload asks. */
const OUTBOUND = "OUTBOUND";
/** Cluster without an endpoint, in which Istio ends what nobody shall get. */
export const NOWHERE = "BlackHoleCluster";
/** Whatever was called, in the pod itself. */
const ORIGINAL_DESTINATION = "ORIGINAL_DST";

/** What a sidecar takes under STRICT mTLS: its Services' ports, and any other, which no policy lets anybody use. */
export function declaredDoors(ports: readonly ServedPort[]): Statement[] {
    return [
        ...ports.map(({ port, protocol }) => door(`port ${port}`, protocol, MUTUAL_TLS)),
        door(ANY_OTHER_PORT, "HTTP", MUTUAL_TLS),
        door(ANY_OTHER_PORT, "TCP", MUTUAL_TLS),
    ];
}

const ANY_OTHER_PORT = "any other port";

/** What a sidecar takes, and where it does not lead into its own pod. */
export function heldDoors({ listeners, clusters, staticListeners }: Proxy): Statement[] {
    return [
        ...listeners
            .filter((listener) => listener.traffic_direction !== OUTBOUND)
            .flatMap((listener) =>
                listener.name === INBOUND_LISTENER
                    ? openChains(listener).map(heldDoor)
                    : [
                          {
                              text: `listens ${where(listener)} as ${listener.name ?? "nobody knows what"}`,
                          },
                      ],
            ),
        ...staticDoors(staticListeners),
        ...clusters.flatMap(elsewhere),
    ];
}

/** The filter chains of a listener that serve somebody. */
export function openChains(listener: EnvoyListener): EnvoyFilterChain[] {
    return chainsOf(listener).filter(({ filters = [] }) =>
        filters.some((filter) => filter.typed_config?.cluster !== NOWHERE),
    );
}

function heldDoor(chain: EnvoyFilterChain): Statement {
    const { filter_chain_match: match } = chain;
    const port = match?.destination_port;
    return door(
        port === undefined ? ANY_OTHER_PORT : `port ${port}`,
        protocolOf(chain),
        securityOf(chain),
    );
}

function door(port: string, protocol: string, security: string): Statement {
    return { text: `takes ${protocol} over ${security} at ${port}` };
}

function protocolOf({ filters = [] }: EnvoyFilterChain): Protocol {
    return filters.some(isHttp) ? "HTTP" : "TCP";
}

function securityOf({ transport_socket: socket }: EnvoyFilterChain): string {
    if (socket === undefined) {
        return PLAIN_TEXT;
    }
    if (socket.name !== TLS_SOCKET) {
        return socket.name;
    }
    const { require_client_certificate: mutual, common_tls_context: context } =
        socket.typed_config ?? {};
    if (mutual === true) {
        return MUTUAL_TLS;
    }
    const secrets = context?.tls_certificate_sds_secret_configs ?? [];
    return `TLS with ${secrets.map(({ name = "" }) => name).join(" and ")}`;
}

function staticDoors(listeners: readonly EnvoyListener[]): Statement[] {
    return listeners
        .filter(({ address }) => !STATIC_PORTS.includes(address?.socket_address?.port_value))
        .map((listener) => ({ text: `listens ${where(listener)} from its bootstrap on` }));
}

function where({ address }: EnvoyListener): string {
    const port = address?.socket_address?.port_value;
    return port === undefined ? "somewhere" : `at port ${port}`;
}

/** A port of the pod that leads to somebody else, as a Sidecar's `defaultEndpoint` can do. */
function elsewhere({ name, type }: EnvoyCluster): Statement[] {
    return name.startsWith("inbound|") && type !== ORIGINAL_DESTINATION
        ? [{ text: `leads what reaches ${name} to an address of its own (${type ?? "STATIC"})` }]
        : [];
}

/** What the declared Gateways open at the gateway's pods. */
export function declaredGatewayDoors(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
): Statement[] {
    return gatewaysOf(objects, pod).flatMap(({ metadata: { name, namespace }, spec }) =>
        (spec.servers ?? []).map((server) => ({
            text: gatewayDoor(server),
            by: { kind: "Gateway", namespace, name },
        })),
    );
}

/** A declared Gateway. */
export type DeclaredGateway = DeclaredObject & { readonly spec: NonNullable<IGateway["spec"]> };

/** The declared Gateways that a gateway's pod serves. */
export function gatewaysOf(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
): readonly DeclaredGateway[] {
    return objects
        .filter((object): object is DeclaredGateway => object.kind === "Gateway")
        .filter(({ spec }) =>
            Object.entries(spec.selector ?? {}).every(
                ([label, value]) => pod.labels[label] === value,
            ),
        );
}

function gatewayDoor({ port, hosts, tls }: Server): string {
    const at = `port ${port.number}`;
    return tls?.credentialName === undefined
        ? door(at, "HTTP", PLAIN_TEXT).text
        : `${door(at, "HTTP", `TLS with kubernetes://${tls.credentialName}`).text} for ${named(hosts)}`;
}

function named(hosts: readonly string[]): string {
    return [...hosts].sort().join(", ");
}

/** What a gateway takes. */
export function heldGatewayDoors({ listeners, staticListeners }: Proxy): Statement[] {
    return [
        ...listeners.flatMap((listener) =>
            openChains(listener).map((chain) => {
                const names = chain.filter_chain_match?.server_names;
                const { text } = door(
                    where(listener).replace("at ", ""),
                    protocolOf(chain),
                    names !== undefined && chain.transport_socket === undefined
                        ? "TLS that is passed through"
                        : securityOf(chain),
                );
                return { text: names === undefined ? text : `${text} for ${named(names)}` };
            }),
        ),
        ...staticDoors(staticListeners),
    ];
}
