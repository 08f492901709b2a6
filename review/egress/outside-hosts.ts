import { knownRuleFor } from "#policy/destination-rules.ts";
import type { MergedRule } from "#policy/destination-rules.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { SERVICE_ENTRY } from "#policy/kinds.ts";
import { originatesTls } from "#policy/tls-origination.ts";
import { partFor } from "#policy/traffic-policy.ts";
import { meshViewOf, readable } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import { meshTablesOf } from "../routes/tables.ts";
import type { Subject } from "../subject.ts";
import { workloadsOf } from "../workloads.ts";

/** How what is sent to a host outside is protected on its way. */
export interface Protection {
    /** `plain` where a proxy reads requests and nobody encrypts them; `unsaid` where it reads bytes alone. */
    readonly by: "application" | "plain" | "proxy" | "unsaid";
    /** Whether the proxy takes any certificate. */
    readonly unverified: boolean;
    /** Names that the server's certificate must have; empty for those of any server. */
    readonly names: string;
    readonly showsCertificate: boolean;
}

/** One port of a host outside the mesh, as a ServiceEntry declares it. */
export interface OutsidePort {
    /** Host and port, and the addresses where a ServiceEntry names them. */
    readonly key: string;
    readonly host: string;
    readonly protection: Protection;
    /** Addresses that answer for it, or how they are found. */
    readonly answered: string;
    /** Whether requests for it go through a gateway of the mesh. */
    readonly throughGateway: boolean;
    readonly entry: KubernetesObject;
    readonly objects: readonly KubernetesObject[];
}

/** Protocols in which the application encrypts. */
const ENCRYPTED: readonly string[] = ["HTTPS", "TLS"];
/** Protocols that a proxy reads. */
const READ: readonly string[] = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

/** @throws UnknownValue */
function protectionOf(
    protocol: string,
    tls: Field | undefined,
    entry: KubernetesObject,
): Protection {
    const originates = tls !== undefined && originatesTls(tls);
    const own = originates ? tls.at("subjectAltNames").texts() : [];
    const named = own.length === 0 ? entry.root.at("spec", "subjectAltNames").texts() : own;
    return {
        by: originates
            ? "proxy"
            : ENCRYPTED.includes(protocol)
              ? "application"
              : READ.includes(protocol)
                ? "plain"
                : "unsaid",
        unverified: originates && tls.at("insecureSkipVerify").flag() === true,
        names: originates ? [...named].sort().join(", ") : "",
        showsCertificate: originates && tls.at("mode").text() === "MUTUAL",
    };
}

/** What protects least of what the rules of several callers say. */
function weakest(found: readonly Protection[]): Protection | undefined {
    const order = ["plain", "unsaid", "application", "proxy"];
    return [...found].sort(
        (one, other) =>
            order.indexOf(one.by) - order.indexOf(other.by) ||
            Number(other.unverified) - Number(one.unverified) ||
            one.names.length - other.names.length,
    )[0];
}

/** The rules that callers of the mesh read for a host. @throws UnknownValue */
function rulesFor(
    host: string,
    entry: KubernetesObject,
    namespaces: readonly string[],
    { stack, settings }: MeshView,
): readonly (MergedRule | undefined)[] {
    const callers = [...new Set([entry.namespace, ...namespaces])];
    return callers.map((namespace) =>
        knownRuleFor(stack, host, { namespaces: [namespace], isGateway: false }, settings),
    );
}

/** Istio's own name for gateways by which the mesh calls out. */
const EGRESS = /egressgateway/;

function goesThroughGateway(host: string, namespace: string, subject: Subject): boolean {
    const entries = meshTablesOf(subject).tableFor(host, namespace)?.entries ?? [];
    const targets = entries.flatMap(({ answer }) => answer.targets.map((target) => target.host));
    return (
        targets.length > 0 &&
        targets.every(
            (target) =>
                EGRESS.test(target) ||
                workloadsOf(subject)
                    .answering(target)
                    .some(({ role }) => role === "gateway"),
        )
    );
}

/** Where no name is looked up. */
export const CALLED = "whatever address is called";

/** @throws UnknownValue */
function answeredBy(entry: KubernetesObject): string {
    const spec = entry.root.at("spec");
    const endpoints = spec
        .at("endpoints")
        .items()
        .map((endpoint) => endpoint.at("address").text() ?? "")
        .sort();
    const resolution = spec.at("resolution").text() ?? "NONE";
    return endpoints.length > 0
        ? endpoints.join(", ")
        : resolution === "NONE"
          ? CALLED
          : "the addresses of its name";
}

/**
 * Whether what answers is part of the mesh: it says so, and selects its workloads or asks them for an identity. Who only
 * says so of some address is believed by nobody.
 *
 * @throws UnknownValue
 */
function isOfMesh(spec: Field): boolean {
    return (
        spec.at("location").text() === "MESH_INTERNAL" &&
        (spec.at("workloadSelector").exists ||
            spec.at("subjectAltNames").items().length > 0 ||
            spec
                .at("endpoints")
                .items()
                .some(
                    (endpoint) =>
                        endpoint.at("serviceAccount").exists || endpoint.at("network").exists,
                ))
    );
}

/** @throws UnknownValue */
function portsOf(
    entry: KubernetesObject,
    namespaces: readonly string[],
    subject: Subject,
): readonly OutsidePort[] {
    const view = meshViewOf(subject);
    const spec = entry.root.at("spec");
    if (isOfMesh(spec)) {
        return [];
    }
    const addresses = spec.at("addresses").texts();
    const at = addresses.length === 0 ? "" : ` at ${[...addresses].sort().join(", ")}`;
    return spec
        .at("hosts")
        .texts()
        .flatMap((host) => {
            const rules = rulesFor(host, entry, namespaces, view);
            const throughGateway = goesThroughGateway(host, entry.namespace, subject);
            return spec
                .at("ports")
                .items()
                .flatMap((field): readonly OutsidePort[] => {
                    const port = field.at("number").text() ?? "";
                    const protocol = (field.at("protocol").text() ?? "TCP").toUpperCase();
                    const protection = weakest(
                        rules.map((rule) =>
                            protectionOf(
                                protocol,
                                rule && partFor(rule, undefined, port, "tls"),
                                entry,
                            ),
                        ),
                    );
                    return protection === undefined
                        ? []
                        : [
                              {
                                  key: `${host === "*" ? "any host" : host}:${port}${at}`,
                                  host,
                                  protection,
                                  answered: answeredBy(entry),
                                  throughGateway,
                                  entry,
                                  objects: [
                                      entry,
                                      ...new Set(rules.flatMap((rule) => rule?.members ?? [])),
                                  ],
                              },
                          ];
                });
        });
}

const known = new WeakMap<Subject, readonly OutsidePort[]>();

/** The ports of hosts outside that ServiceEntries declare; found once for each subject. */
export function outsidePortsOf(subject: Subject): readonly OutsidePort[] {
    const found = known.get(subject) ?? find(subject);
    known.set(subject, found);
    return found;
}

function find(subject: Subject): readonly OutsidePort[] {
    const namespaces = [
        ...new Set(workloadsOf(subject).all.map(({ namespace }) => namespace)),
    ].sort();
    return meshViewOf(subject)
        .stack.of(SERVICE_ENTRY)
        .flatMap((entry) => readable(() => portsOf(entry, namespaces, subject)) ?? []);
}

/** ServiceEntries of which nobody can tell what they let out. */
export function unreadEntriesOf(subject: Subject): readonly KubernetesObject[] {
    return meshViewOf(subject)
        .stack.of(SERVICE_ENTRY)
        .filter((entry) => readable(() => portsOf(entry, [], subject)) === undefined);
}
