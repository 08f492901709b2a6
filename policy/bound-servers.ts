import { gatewayNamed } from "./destination-rules.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { fullHost, overlaps } from "./hosts.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";

/** The protocols by which a VirtualService names its routes. */
export type RouteProtocol = "http" | "tcp" | "tls";

/** A gateway that a VirtualService names. */
export interface BoundGateway {
    readonly field: Field;
    readonly gateway: KubernetesObject;
    readonly servers: readonly Field[];
}

/** The gateways that a VirtualService names, beside the sidecars; `undefined` where the stack has not all of them. @throws UnknownValue */
export function boundGateways(
    service: KubernetesObject,
    stack: Stack,
): readonly BoundGateway[] | undefined {
    const bound = service.root
        .at("spec", "gateways")
        .items()
        .filter((field) => field.text() !== "mesh")
        .flatMap((field) => {
            const gateway = gatewayNamed(field.text() ?? "", service, stack);
            return gateway === undefined
                ? [undefined]
                : [{ field, gateway, servers: gateway.root.at("spec", "servers").items() }];
        });
    const found = bound.filter((one) => one !== undefined);
    return found.length === bound.length ? found : undefined;
}

/** Whether the sidecars follow a VirtualService. @throws UnknownValue */
export function isForMesh({ root }: KubernetesObject): boolean {
    const names = root.at("spec", "gateways").texts();
    return names.length === 0 || names.includes("mesh");
}

/** Whether a server has a host of a VirtualService, and lets its namespace serve it. @throws UnknownValue */
export function serves(server: Field, host: Field, settings: Settings): boolean {
    const { namespace } = host.object;
    const own = fullHost(host.text() ?? "", namespace, settings);
    return server
        .at("hosts")
        .texts()
        .some((text) => {
            const [place, name] = text.includes("/") ? text.split("/") : ["*", text];
            const allowed = place === "." ? server.object.namespace : place;
            return ["*", namespace].includes(allowed ?? "") && overlaps(name ?? "", own);
        });
}

/** The routes that a server follows; none of those between clusters. @throws UnknownValue */
export function followedAt(server: Field): RouteProtocol | undefined {
    const protocol = (server.at("port", "protocol").text() ?? "").toUpperCase();
    const mode = server.at("tls", "mode").text() ?? "";
    if (mode === "AUTO_PASSTHROUGH") {
        return undefined;
    }
    if (["HTTPS", "TLS"].includes(protocol) && mode === "PASSTHROUGH") {
        return "tls";
    }
    return ["HTTP", "HTTP2", "HTTPS", "GRPC", "GRPC-WEB"].includes(protocol) ? "http" : "tcp";
}
