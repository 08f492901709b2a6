import type { Field } from "./field.ts";

/** What Istio understands, in a name up to its first hyphen, or in `appProtocol`. */
const PROTOCOLS: ReadonlySet<string> = new Set([
    "grpc",
    "http",
    "http2",
    "http_proxy",
    "https",
    "mongo",
    "mysql",
    "redis",
    "tcp",
    "tls",
    "udp",
]);
/** Kubernetes' own names, in `appProtocol` only. */
const STANDARD_PROTOCOLS: ReadonlySet<string> = new Set([
    "kubernetes.io/h2c",
    "kubernetes.io/ws",
    "kubernetes.io/wss",
]);
/** Those that a sidecar reads as requests. */
const HTTP = /^(grpc|http|http2|http_proxy|grpc-web.*|kubernetes\.io\/(h2c|ws))$/;

/** Whether a text says a protocol, by itself or at its beginning. */
export function isProtocol(text: string): boolean {
    const lower = text.toLowerCase();
    return lower.startsWith("grpc-web") || PROTOCOLS.has(lower.split("-")[0] ?? "");
}

/** Whether `appProtocol` says something that Istio knows. */
export function isAppProtocol(text: string): boolean {
    return STANDARD_PROTOCOLS.has(text) || isProtocol(text);
}

/** Whether a port is of TCP; Istio leaves UDP and SCTP alone. @throws UnknownValue */
export function isTcp(port: Field): boolean {
    return !["UDP", "SCTP"].includes(port.at("protocol").text() ?? "");
}

/** Whether sidecars read a port as requests, or as bytes; `undefined` where they guess. @throws UnknownValue */
export function readAs(port: Field): "HTTP" | "TCP" | undefined {
    const declared = port.at("appProtocol").text();
    const text = declared ?? port.at("name").text() ?? "";
    if (!(declared === undefined ? isProtocol(text) : isAppProtocol(text))) {
        return undefined;
    }
    const lower = text.toLowerCase();
    const name =
        lower.startsWith("grpc-web") || lower.includes("/") ? lower : (lower.split("-")[0] ?? "");
    return HTTP.test(name) ? "HTTP" : "TCP";
}
