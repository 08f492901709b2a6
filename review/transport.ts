import { checkIdentities } from "#policy/capture.ts";
import { podOf } from "#policy/workload.ts";
import type { Change } from "./change.ts";
import { compareClients } from "./client-tls.ts";
import { readable, refOf } from "./mesh.ts";
import { authenticationsOf, modeAt } from "./peer-modes.ts";
import type { PeerMode, PeerModes } from "./peer-modes.ts";
import type { Compare, Subject } from "./subject.ts";
import { counterpartsOf, workloadsOf } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** How connections are protected: what workloads accept, what callers send, and what goes past the proxies. */
export const compareTransport: Compare = (before, after) => {
    const servers = workloadsOf(after)
        .all.filter(({ role }) => role === "application")
        .flatMap((workload) => [
            ...compareModes(workload, before, after),
            ...compareEscapes(workload, before, after),
        ]);
    return [...unique(servers), ...compareClients(before, after)];
};

/** Two versions of one service say the same of both. */
function unique(changes: readonly Change[]): readonly Change[] {
    return [...new Map(changes.map((change) => [change.text, change])).values()];
}

/** The modes, the weakest first. */
const STRENGTH: readonly PeerMode[] = ["UNGUARDED", "DISABLE", "PERMISSIVE", "STRICT"];

const ACCEPTS: Readonly<Record<PeerMode, string>> = {
    UNGUARDED: "takes connections past its proxy",
    DISABLE: "accepts nothing but plaintext",
    PERMISSIVE: "accepts plaintext",
    STRICT: "accepts mutual TLS alone",
};

const WHY: Readonly<Record<PeerMode, string>> = {
    UNGUARDED: "no identity is asked for there, and no policy holds",
    DISABLE: "mutual TLS is off there, so that no caller has an identity",
    PERMISSIVE: "whoever reaches its pods may call without an identity",
    STRICT: "",
};

/** Stands for every port that is not named. */
const OTHER = "other";
type Place = number | typeof OTHER;

function at(modes: PeerModes, place: Place): PeerMode {
    return place === OTHER ? modes.other : modeAt(modes, place);
}

function compareModes(workload: Workload, before: Subject, after: Subject): readonly Change[] {
    const title = workloadsOf(after).titleOf(workload);
    const now = authenticationsOf(after).modesOf(workload);
    const others = counterpartsOf(before, workload);
    const were = others.map((one) => authenticationsOf(before).modesOf(one));
    const isNew = were.length === 0;
    const isOut = (one: Workload): boolean => one.proxy === "none";
    if (isOut(workload)) {
        return isNew || others.some(isOut) ? [] : [leaving(title, workload)];
    }
    const places: readonly Place[] = [
        OTHER,
        ...new Set([now, ...were].flatMap(({ ports }) => [...ports.keys()])),
    ];
    const groups = new Map<string, Place[]>();
    for (const place of places) {
        const was = isNew ? "STRICT" : weakestOf(were.map((modes) => at(modes, place)));
        const key = `${at(now, place)} ${was}`;
        groups.set(key, [...(groups.get(key) ?? []), place]);
    }
    return Array.from(groups).flatMap(([key, own]) => {
        const [mode, was] = key.split(" ") as [PeerMode, PeerMode];
        if (mode === was) {
            return [];
        }
        const said = [now, ...were].flatMap((modes) => modes.said);
        const refs = said.flatMap((object) => readable(() => refOf(object)) ?? []);
        const where = placesText(own, places);
        const isWeaker = STRENGTH.indexOf(mode) < STRENGTH.indexOf(was) && !isNew;
        return [
            {
                topic: "transport" as const,
                kind: isWeaker ? "transport/weaker" : "transport/changed",
                about: title,
                text: isNew
                    ? `${title}, which is new, ${ACCEPTS[mode]} ${where}`
                    : `${title} ${ACCEPTS[mode]} ${where} now, was ${WAS[was]}`,
                ...(isWeaker && { weaker: WHY[mode] }),
                objects:
                    refs.length === 0 || mode === "UNGUARDED"
                        ? [workload.ref]
                        : [...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()],
                declared: { workload: workload.service, path: ["portLevelMtls"] },
            },
        ];
    });
}

const WAS: Readonly<Record<PeerMode, string>> = {
    UNGUARDED: "past its proxy",
    DISABLE: "DISABLE",
    PERMISSIVE: "PERMISSIVE",
    STRICT: "STRICT",
};

function weakestOf(modes: readonly PeerMode[]): PeerMode {
    return STRENGTH.find((mode) => modes.includes(mode)) ?? "STRICT";
}

function leaving(title: string, { ref, service }: Workload): Change {
    return {
        topic: "transport",
        kind: "transport/left",
        about: title,
        text: `${title} is no longer in the mesh: its pods have no proxy`,
        weaker: "it takes plaintext from anybody, and shows no identity where it calls",
        objects: [ref],
        declared: { workload: service, path: [] },
    };
}

function placesText(own: readonly Place[], all: readonly Place[]): string {
    if (own.length === all.length) {
        return "on every port";
    }
    const named = (places: readonly Place[]): string =>
        places.filter((place) => place !== OTHER).join(" and ");
    return own.includes(OTHER)
        ? `on every port but ${named(all.filter((place) => !own.includes(place)))}`
        : `on port ${named(own)}`;
}

/** Annotations by which a pod's calls go out past its proxy, and what they are. */
const ESCAPES: Readonly<Record<string, string>> = {
    excludeOutboundPorts: "port",
    excludeOutboundIPRanges: "range",
    excludeInterfaces: "interface",
};

/** What of a workload's calls no proxy sees. */
function escapesOf(workload: Workload): readonly string[] {
    const { object, proxy } = workload;
    if (!object.runsPods || proxy === "none") {
        return [];
    }
    const annotations = podOf(object).at("metadata", "annotations");
    const said = (name: string): readonly string[] | undefined =>
        readable(() => annotations.at(`traffic.sidecar.istio.io/${name}`).text())
            ?.split(",")
            .map((part) => part.trim())
            .filter((part) => part !== "");
    const included = said("includeOutboundIPRanges");
    return [
        ...Object.entries(ESCAPES).flatMap(([name, what]) =>
            (said(name) ?? []).map((value) => `everything to ${what} ${value}`),
        ),
        ...(included === undefined || included.includes("*")
            ? []
            : [["everything", ...included].join(" but to ")]),
        ...(checkIdentities(podOf(object)).some(({ unknown }) => unknown === undefined)
            ? ["what it runs as the proxy's own user"]
            : []),
    ];
}

function compareEscapes(workload: Workload, before: Subject, after: Subject): readonly Change[] {
    const title = workloadsOf(after).titleOf(workload);
    const others = counterpartsOf(before, workload);
    const [now, were] = [escapesOf(workload), others.flatMap(escapesOf)];
    const change = (kind: string, text: string, weaker?: string): Change => ({
        topic: "transport",
        kind: `transport/${kind}`,
        about: title,
        text,
        ...(weaker !== undefined && others.length > 0 && { weaker }),
        objects: [workload.ref],
        declared: { workload: workload.service, path: [] },
    });
    return [
        ...now
            .filter((what) => !were.includes(what))
            .map((what) =>
                change(
                    "escaping",
                    `${title} sends ${what} past its proxy now`,
                    "no mutual TLS, no policy and no telemetry covers what no proxy sees",
                ),
            ),
        ...were
            .filter((what) => !now.includes(what))
            .map((what) => change("captured", `${title} sends ${what} through its proxy now`)),
    ];
}
