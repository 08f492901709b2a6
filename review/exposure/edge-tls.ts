import { grouped } from "#model/groups.ts";
import { overlaps } from "#policy/hosts.ts";
import type { Field } from "#policy/field.ts";
import type { Change } from "../change.ts";
import { readable } from "../mesh.ts";
import type { Listener } from "../routes/listeners.ts";
import { listed } from "../routes/space.ts";
import { refsOf } from "../routes/words.ts";
import type { Subject } from "../subject.ts";
import { outsideListeners } from "./outside.ts";

/** How a listener speaks with its clients. */
interface Speech {
    /** `plain`, `redirect`, or the mode of TLS. */
    readonly mode: string;
    /** 0 for TLS 1.0, 3 for TLS 1.3. */
    readonly least: number;
    readonly most: number;
    readonly ciphers: readonly string[];
    readonly credential: string;
    /** What makes a client's certificate one that is taken. */
    readonly clients: readonly string[];
    /** Whether certificates of clients that were revoked are known. */
    readonly knowsRevoked: boolean;
}

const VERSIONS = ["TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"] as const;
/** Istio's own least version. */
const DEFAULT_LEAST = 2;

function versionAt(field: Field, otherwise: number): number {
    const at = (VERSIONS as readonly string[]).indexOf(field.text() ?? "");
    return at === -1 ? otherwise : at;
}

const CREDENTIALS = ["credentialName", "serverCertificate", "privateKey", "credentialNames"];
const CLIENTS = ["subjectAltNames", "verifyCertificateSpki", "verifyCertificateHash"];

/** @throws UnknownValue */
function textsAt(tls: Field, keys: readonly string[]): readonly string[] {
    return keys.flatMap((key) => [tls.at(key).text() ?? [], tls.at(key).texts()].flat()).sort();
}

/** A server of Istio's Gateway. @throws UnknownValue */
function serverSpeech(server: Field): Speech {
    const tls = server.at("tls");
    const mode = tls.at("mode").text() ?? (tls.exists ? "PASSTHROUGH" : "plain");
    const protocol = (server.at("port", "protocol").text() ?? "").toUpperCase();
    const isPlain = !tls.exists || !["HTTPS", "TLS"].includes(protocol);
    return {
        mode: isPlain ? (tls.at("httpsRedirect").flag() === true ? "redirect" : "plain") : mode,
        least: versionAt(tls.at("minProtocolVersion"), DEFAULT_LEAST),
        most: versionAt(tls.at("maxProtocolVersion"), VERSIONS.length - 1),
        ciphers: [...tls.at("cipherSuites").texts()].sort(),
        credential: textsAt(tls, CREDENTIALS).join(", "),
        clients: textsAt(tls, CLIENTS),
        knowsRevoked: tls.at("caCrl").exists,
    };
}

/** A listener of Kubernetes' API. @throws UnknownValue */
function listenerSpeech(listener: Field): Speech {
    const tls = listener.at("tls");
    const options = tls.at("options");
    const isEncrypted = ["HTTPS", "TLS"].includes(listener.at("protocol").text() ?? "");
    const asked = options.at("gateway.istio.io/tls-terminate-mode").text();
    const terminates = (tls.at("mode").text() ?? "Terminate") === "Terminate";
    const validates = tls.at("frontendValidation").exists;
    return {
        mode: !isEncrypted
            ? "plain"
            : !terminates
              ? "PASSTHROUGH"
              : (asked ?? (validates ? "MUTUAL" : "SIMPLE")),
        least: versionAt(options.at("gateway.istio.io/tls-min-protocol-version"), DEFAULT_LEAST),
        most: VERSIONS.length - 1,
        ciphers: (options.at("gateway.istio.io/tls-cipher-suites").text() ?? "")
            .split(",")
            .filter((cipher) => cipher !== "")
            .sort(),
        credential: tls
            .at("certificateRefs")
            .items()
            .map((reference) => reference.at("name").text() ?? "")
            .sort()
            .join(", "),
        clients: [],
        knowsRevoked: false,
    };
}

function speechOf({ field }: Listener): Speech | undefined {
    return field === undefined
        ? undefined
        : readable(() =>
              field.path.startsWith("spec.servers") ? serverSpeech(field) : listenerSpeech(field),
          );
}

interface Words {
    readonly text: string;
    readonly weaker?: string;
    readonly kind: string;
}

const MODES: Readonly<Record<string, string>> = {
    plain: "plain text",
    redirect: "a redirect to HTTPS",
    SIMPLE: "TLS without certificates of clients",
    MUTUAL: "TLS with certificates of clients",
    OPTIONAL_MUTUAL: "TLS with certificates of clients that have one",
    ISTIO_MUTUAL: "mutual TLS of the mesh",
    PASSTHROUGH: "TLS that ends behind it",
    AUTO_PASSTHROUGH: "TLS that leads to any service by its name",
};

/** Modes from the weakest on, as far as one is weaker than another. */
const STRENGTH: Readonly<Record<string, number>> = {
    plain: 0,
    AUTO_PASSTHROUGH: 1,
    SIMPLE: 2,
    PASSTHROUGH: 2,
    redirect: 2,
    OPTIONAL_MUTUAL: 3,
    MUTUAL: 4,
    ISTIO_MUTUAL: 4,
};

const WHY: Readonly<Record<string, string>> = {
    plain: "what clients send can be read and changed on its way",
    AUTO_PASSTHROUGH: "a client outside chooses the service by the name that it asks for",
    OPTIONAL_MUTUAL: "a client without a certificate is let in",
};

function modeSaid({ mode: before }: Speech, { mode: after }: Speech): readonly Words[] {
    if (before === after) {
        return [];
    }
    const isWeaker = (STRENGTH[after] ?? 0) < (STRENGTH[before] ?? 0);
    return [
        {
            kind: "tls",
            text: `${MODES[after] ?? after}, was ${MODES[before] ?? before}`,
            ...(isWeaker && { weaker: WHY[after] ?? "clients need no certificate any more" }),
        },
    ];
}

function versionWritten(version: number): string {
    return `TLS 1.${version}`;
}

function versionsSaid(before: Speech, after: Speech): readonly Words[] {
    const words = (what: "least" | "most", isWeaker: boolean, weaker: string): readonly Words[] =>
        before[what] === after[what]
            ? []
            : [
                  {
                      kind: "tls-version",
                      text: `at ${what} ${versionWritten(after[what])}, was ${versionWritten(before[what])}`,
                      ...(isWeaker && { weaker }),
                  },
              ];
    return [
        ...words("least", after.least < before.least, "an older version of TLS is spoken"),
        ...words("most", after.most < before.most, "newer versions of TLS are not spoken any more"),
    ];
}

/** Suites without forward secrecy, or of old ciphers. */
const WEAK_CIPHER = /^(?!ECDHE|TLS_)|-SHA$|3DES|RC4|NULL|_CBC_/;

function ciphersSaid({ ciphers: before }: Speech, { ciphers: after }: Speech): readonly Words[] {
    const added = after.filter((cipher) => !before.includes(cipher));
    const gone = before.filter((cipher) => !after.includes(cipher));
    const weak = added.filter((cipher) => WEAK_CIPHER.test(cipher));
    if (added.length + gone.length === 0) {
        return [];
    }
    const text =
        after.length === 0
            ? "Istio's own cipher suites, was a list"
            : before.length === 0
              ? `cipher suites ${listed(after)}, was Istio's own`
              : [
                    ...(added.length === 0 ? [] : [`${listed(added)} added to the cipher suites`]),
                    ...(gone.length === 0 ? [] : [`${listed(gone)} taken from the cipher suites`]),
                ].join(", ");
    return [
        {
            kind: "ciphers",
            text,
            ...(weak.length > 0 && {
                weaker: `${listed(weak)} can be broken, or opens what was recorded earlier`,
            }),
        },
    ];
}

function certificatesSaid(before: Speech, after: Speech): readonly Words[] {
    const gone = before.clients.filter((client) => !after.clients.includes(client));
    const added = after.clients.filter((client) => !before.clients.includes(client));
    const isWider = gone.length > 0 && after.clients.length === 0;
    const named = (text: string): string => (text === "" ? "none" : text);
    return [
        ...(before.credential === after.credential
            ? []
            : [
                  {
                      kind: "credential",
                      text: `the certificate ${named(after.credential)}, was ${named(before.credential)}`,
                  },
              ]),
        ...(before.knowsRevoked && !after.knowsRevoked && after.mode !== "SIMPLE"
            ? [
                  {
                      kind: "clients",
                      text: "no list of revoked certificates of clients any more",
                      weaker: "a certificate that was stolen is good again",
                  },
              ]
            : []),
        ...(gone.length + added.length === 0
            ? []
            : [
                  {
                      kind: "clients",
                      text: `clients named ${named(listed(after.clients))}, was ${named(listed(before.clients))}`,
                      ...((isWider || (added.length > 0 && before.clients.length > 0)) && {
                          weaker: "more certificates of clients are taken",
                      }),
                  },
              ]),
    ];
}

/** How two ways of speaking differ. */
function speechSaid(before: Speech, after: Speech): readonly Words[] {
    const areEncrypted = [before, after].every(({ mode }) => !["plain", "redirect"].includes(mode));
    return [
        ...modeSaid(before, after),
        ...(areEncrypted
            ? [
                  ...versionsSaid(before, after),
                  ...ciphersSaid(before, after),
                  ...certificatesSaid(before, after),
              ]
            : []),
    ];
}

function hostsWritten(hosts: readonly string[]): string {
    return listed([...hosts].sort().map((host) => (host === "*" ? "every host" : host)));
}

/** Whether every name that one host stands for is one of another's. */
function isWithin(host: string, other: string): boolean {
    return (
        host === other ||
        (other.startsWith("*") && host.replace(/^\*/, "").endsWith(other.slice(1)))
    );
}

interface HostOf {
    readonly listener: Listener;
    readonly host: string;
}

/** The listener that took a host before: one that has it, or a wildcard that stands for it. */
function covering(host: string, before: readonly Listener[]): Listener | undefined {
    return before
        .flatMap((listener) => listener.hosts.map((own) => ({ listener, own })))
        .filter(({ own }) => isWithin(host, own))
        .sort((one, other) => other.own.length - one.own.length)[0]?.listener;
}

function change(listener: Listener, kind: string, text: string, weaker?: string): Change {
    return {
        topic: "exposure",
        kind: `exposure/${kind}`,
        about: listener.gateway,
        text,
        ...(weaker !== undefined && { weaker }),
        objects: listener.field === undefined ? [] : refsOf([listener.field.object]),
    };
}

function newHosts(hosts: readonly HostOf[], before: readonly Listener[]): readonly Change[] {
    const groups = grouped(hosts, ({ listener }) => [speechOf(listener)?.mode ?? "plain"]);
    return [...groups].flatMap(([mode, members]) => {
        const [first] = members;
        if (first === undefined) {
            return [];
        }
        const { gateway, port } = first.listener;
        const narrower = before
            .flatMap((listener) => listener.hosts)
            .filter((own) => members.some(({ host }) => isWithin(own, host)));
        const was = narrower.length === 0 ? "" : `, was ${hostsWritten([...new Set(narrower)])}`;
        const isWide = members.some(({ host }) => host.startsWith("*"));
        const why =
            mode === "plain"
                ? WHY["plain"]
                : mode === "AUTO_PASSTHROUGH"
                  ? WHY["AUTO_PASSTHROUGH"]
                  : isWide
                    ? "any route for a host below it is reachable from outside"
                    : undefined;
        const names = hostsWritten([...new Set(members.map(({ host }) => host))]);
        const text = `${gateway} takes ${names} on port ${port} with ${MODES[mode] ?? mode} now${was}`;
        return [change(first.listener, "hosts", text, why)];
    });
}

function goneHosts(before: readonly Listener[], after: readonly Listener[]): readonly Change[] {
    const gone = before.flatMap((listener) =>
        listener.hosts
            .filter((host) => !after.some(({ hosts }) => hosts.some((own) => overlaps(host, own))))
            .map((host) => ({ listener, host })),
    );
    const [first] = gone;
    return first === undefined
        ? []
        : [
              change(
                  first.listener,
                  "hosts",
                  `${first.listener.gateway} no longer takes ${hostsWritten(gone.map(({ host }) => host))} on port ${first.listener.port}`,
              ),
          ];
}

function atPlace(before: readonly Listener[], after: readonly Listener[]): readonly Change[] {
    const hosts = after.flatMap((listener) => listener.hosts.map((host) => ({ listener, host })));
    const added = hosts.filter(({ host }) => covering(host, before) === undefined);
    const kept = hosts.flatMap(({ listener, host }) => {
        const other = covering(host, before);
        const [old, now] = [other && speechOf(other), speechOf(listener)];
        return old === undefined || now === undefined
            ? []
            : speechSaid(old, now).map((words) => ({ listener, host, ...words }));
    });
    const said = grouped(kept, ({ text }) => [text]);
    return [
        ...newHosts(added, before),
        ...[...said.values()].flatMap((members) => {
            const [first] = members;
            if (first === undefined) {
                return [];
            }
            const { listener, kind, text, weaker } = first;
            const names = hostsWritten([...new Set(members.map(({ host }) => host))]);
            const where = `${listener.gateway} on port ${listener.port} for ${names}`;
            return [change(listener, kind, `${where}: ${text}`, weaker)];
        }),
        ...goneHosts(before, after),
    ];
}

function byPlace(subject: Subject): ReadonlyMap<string, readonly Listener[]> {
    const own = outsideListeners(subject).filter(({ field }) => field !== undefined);
    return grouped(own, ({ place }) => [place]);
}

/** Which hosts the gateways take, and how they speak with their clients. */
export function edgeTlsChanges(before: Subject, after: Subject): readonly Change[] {
    const [old, now] = [byPlace(before), byPlace(after)];
    return [...new Set([...now.keys(), ...old.keys()])]
        .sort()
        .flatMap((place) => atPlace(old.get(place) ?? [], now.get(place) ?? []));
}
