import { Field } from "./field.ts";
import type { KubernetesObject } from "./field.ts";
import { each } from "./finding.ts";
import { gatewayOf, LISTENER_HOLDERS, protocolOf, servedBy } from "./gateway-api.ts";
import { someSelected, textsOf } from "./gateways.ts";
import { GATEWAY } from "./kinds.ts";
import { isSelected } from "./kubernetes-object.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Index, Stack } from "./stack.ts";

/** What Istio makes of a port: one thing for all that listen there. */
export type Speech = "HTTP" | "TCP" | "TLS";

/** A server of Istio's Gateway, or a listener of Kubernetes' API. */
export interface Port {
    readonly field: Field;
    /** Port, and address where one is bound. @throws UnknownValue */
    readonly place: () => string;
    /** @throws UnknownValue */
    readonly speech: () => Speech | undefined;
    readonly protocol: Field;
    /** The hosts without the namespaces that may serve them, each where it is written. @throws UnknownValue */
    readonly hosts: () => readonly (readonly [host: string, field: Field])[];
    /** The names of the certificates with which TLS ends here. @throws UnknownValue */
    readonly certificates: () => readonly (readonly [name: string, field: Field])[];
    /** Whether HTTP is only redirected; `undefined` where that is the routes' to say. @throws UnknownValue */
    readonly redirects: () => boolean | undefined;
}

/** Protocols that a server may say in any case. */
const HTTP: readonly string[] = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

function serverOf(server: Field): Port {
    const protocol = server.at("port", "protocol");
    const tls = server.at("tls");
    return {
        field: server,
        protocol,
        place: () => [server.at("port", "number").text(), server.at("bind").text()].join(" "),
        speech: () =>
            HTTP.includes((protocol.text() ?? "").toUpperCase())
                ? "HTTP"
                : tls.exists
                  ? "TLS"
                  : "TCP",
        hosts: () =>
            server
                .at("hosts")
                .items()
                .map((host) => [(host.text() ?? "").split("/").at(-1) ?? "", host]),
        certificates: () => {
            const name = tls.at("credentialName");
            return name.exists ? [[name.text() ?? "", name]] : [];
        },
        redirects: () => tls.at("httpsRedirect").flag() ?? false,
    };
}

const SPEECHES: Readonly<Record<string, Speech>> = {
    HTTP: "HTTP",
    HTTPS: "TLS",
    TLS: "TLS",
    TCP: "TCP",
};

function listenerOf(listener: Field): Port {
    const protocol = listener.at("protocol");
    const hostname = listener.at("hostname");
    return {
        field: listener,
        protocol,
        place: () => listener.at("port").text() ?? "",
        speech: () => SPEECHES[protocolOf(listener)],
        hosts: () => [[hostname.text() ?? "*", hostname]],
        certificates: () =>
            listener
                .at("tls", "certificateRefs")
                .items()
                .map((reference) => [
                    `${reference.at("namespace").text() ?? listener.object.namespace}/${reference.at("name").text() ?? ""}`,
                    reference.at("name"),
                ]),
        redirects: () => undefined,
    };
}

/** Everything that listens at a gateway. @throws UnknownValue */
function portsAt(stack: Stack, holder: KubernetesObject): readonly Port[] {
    return isSelected(holder, [GATEWAY])
        ? holder.root.at("spec", "servers").items().map(serverOf)
        : servedBy(stack, holder) === "by others"
          ? []
          : holder.root.at("spec", "listeners").items().map(listenerOf);
}

/** The ports of all gateways of a stack, in its order. Those of one of which they are not known are left to other rules. */
export function portsOf(stack: Stack): readonly Port[] {
    return stack.once(portsOf, () => {
        const ports: Port[] = [];
        each(
            () => stack.of(GATEWAY, ...LISTENER_HOLDERS),
            (holder) => {
                ports.push(...portsAt(stack, holder));
                return [];
            },
        );
        return ports;
    });
}

/** An index of all ports. */
export function portsBy(stack: Stack, keysOf: (port: Port) => readonly string[]): Index<Port> {
    return indexOf(portsOf(stack), keysOf);
}

/**
 * The first of some ports that stands before another one, at the same place of the same pods, and meets a condition.
 *
 * @throws UnknownValue
 */
export function firstBeside(
    stack: Stack,
    port: Port,
    candidates: readonly Port[],
    settings: Settings,
    condition: (other: Port) => boolean,
): Port | undefined {
    const order = stack.once(
        firstBeside,
        () => new Map(portsOf(stack).map((one, at) => [one, at])),
    );
    const own = order.get(port) ?? 0;
    return firstOf(
        candidates.filter((other) => (order.get(other) ?? 0) < own),
        (other) =>
            other.place() === port.place() &&
            condition(other) &&
            sharePods(stack, other.field.object, port.field.object, settings),
    );
}

/** How a port is called in a finding about another one. */
export function nameOf({ field }: Port, by: Port): string {
    return field.object === by.field.object ? field.path : field.object.label;
}

/** Whether two selectors are the same, or one is narrower than the other. */
function isWithin(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
    return Array.from(one).every(([key, value]) => other.get(key) === value);
}

/** Whether some pods of the stack carry the labels of two selectors. @throws UnknownValue */
function shareSelected(stack: Stack, one: Field, other: Field, settings: Settings): boolean {
    const [labels, others] = [new Map(textsOf(one)), new Map(textsOf(other))];
    if (isWithin(labels, others) || isWithin(others, labels)) {
        return true;
    }
    const isClash = Array.from(labels).some(([key, value]) => (others.get(key) ?? value) !== value);
    const both = new Field(one.object, one.path, Object.fromEntries([...others, ...labels]));
    return !isClash && someSelected(stack, settings.rootNamespace, both, settings, () => true);
}

/** Whether two gateways are the same pods'. @throws UnknownValue */
function sharePods(
    stack: Stack,
    one: KubernetesObject,
    other: KubernetesObject,
    settings: Settings,
): boolean {
    if (one === other) {
        return true;
    }
    const areIstios = [one, other].map((object) => isSelected(object, [GATEWAY]));
    if (areIstios[0] !== areIstios[1]) {
        return false;
    }
    return areIstios[0] === true
        ? shareSelected(
              stack,
              one.root.at("spec", "selector"),
              other.root.at("spec", "selector"),
              settings,
          )
        : gatewayOf(one) === gatewayOf(other);
}
