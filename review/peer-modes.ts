import type { ControlPlane } from "#policy/control-plane.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { PEER_AUTHENTICATION } from "#policy/kinds.ts";
import { isMachine, podOf } from "#policy/workload.ts";
import { meshViewOf, readable } from "./mesh.ts";
import type { MeshView } from "./mesh.ts";
import type { Subject } from "./subject.ts";
import type { Workload } from "./workloads.ts";

/**
 * How a port takes connections: `STRICT` with an identity of the mesh alone, `PERMISSIVE` also in plaintext, `DISABLE` in
 * plaintext alone. What no proxy sees is `UNGUARDED`.
 */
export type PeerMode = "DISABLE" | "PERMISSIVE" | "STRICT" | "UNGUARDED";

/** How the ports of a workload take connections. */
export interface PeerModes {
    /** That of every port that is not named. */
    readonly other: PeerMode;
    readonly ports: ReadonlyMap<number, PeerMode>;
    /** The objects that say so, the nearest first. */
    readonly said: readonly KubernetesObject[];
}

/** How one port takes connections. */
export function modeAt({ ports, other }: PeerModes, port: number): PeerMode {
    return ports.get(port) ?? other;
}

/** Where a PeerAuthentication stands, and what it says. */
interface Authentication {
    readonly object: KubernetesObject;
    readonly namespace: string;
    readonly selector: readonly (readonly [string, string])[];
    readonly mode: PeerMode | undefined;
    readonly ports: readonly (readonly [number, PeerMode | undefined])[];
}

/** The PeerAuthentications of a subject. */
export interface Authentications {
    readonly modesOf: (workload: Workload) => PeerModes;
    /** Those of which something is not known. */
    readonly unread: readonly KubernetesObject[];
}

const known = new WeakMap<Subject, Authentications>();

/** How each workload of a subject takes connections; read once for each subject. */
export function authenticationsOf(subject: Subject): Authentications {
    const found = known.get(subject) ?? read(meshViewOf(subject));
    known.set(subject, found);
    return found;
}

function read(view: MeshView): Authentications {
    const unread: KubernetesObject[] = [];
    const all = view.stack.of(PEER_AUTHENTICATION).flatMap((object) => {
        const authentication = readable(() => authenticationFrom(object));
        if (authentication === undefined) {
            unread.push(object);
        }
        return authentication ?? [];
    });
    return { unread, modesOf: (workload) => modesOf(workload, all, view) };
}

const WEAKEST_FIRST: readonly PeerMode[] = ["DISABLE", "PERMISSIVE", "STRICT"];

/** @throws UnknownValue */
function modeIn(field: Field): PeerMode | undefined {
    return WEAKEST_FIRST.find((mode) => mode === field.at("mode").text());
}

/** @throws UnknownValue */
function authenticationFrom(object: KubernetesObject): Authentication {
    const spec = object.root.at("spec");
    return {
        object,
        namespace: object.namespace,
        selector: textsOf(spec.at("selector", "matchLabels")),
        mode: modeIn(spec.at("mtls")),
        ports: spec
            .at("portLevelMtls")
            .entries()
            .map(([port, said]) => [Number(port), modeIn(said)] as const),
    };
}

/** Of several for the same the oldest holds, which only the cluster knows: the weakest is taken. */
function weakest(modes: readonly (PeerMode | undefined)[]): PeerMode | undefined {
    return WEAKEST_FIRST.find((mode) => modes.includes(mode));
}

function modesOf(
    workload: Workload,
    all: readonly Authentication[],
    { settings, plane }: MeshView,
): PeerModes {
    if (workload.proxy === "none") {
        return { other: "UNGUARDED", ports: new Map(), said: [] };
    }
    const { namespace, labels } = workload;
    const wide = (place: string) =>
        all.filter((one) => one.namespace === place && one.selector.length === 0);
    const own = all.filter(
        (one) =>
            one.namespace === namespace &&
            one.selector.length > 0 &&
            one.selector.every(([key, value]) => labels.get(key) === value),
    );
    const levels = [own, wide(namespace), wide(settings.rootNamespace)];
    const other =
        levels.map((level) => weakest(level.map(({ mode }) => mode))).find(Boolean) ?? "PERMISSIVE";
    const ports = new Map<number, PeerMode>();
    for (const [port] of own.flatMap((one) => one.ports)) {
        const said = own.flatMap((one) => one.ports.filter(([number]) => number === port));
        ports.set(port, weakest(said.map(([, mode]) => mode)) ?? other);
    }
    return {
        ...withoutCapture({ other, ports }, captureOf(workload.object, plane)),
        said: levels.flat().map(({ object }) => object),
    };
}

/** Which ports are led through the proxy. */
interface Capture {
    /** Absent where all are. */
    readonly included: readonly number[] | undefined;
    readonly excluded: readonly number[];
}

const ANNOTATION = "traffic.sidecar.istio.io/";

/** What leads a workload's ports past its proxy: annotations of its pods, else values of the chart for all pods. */
function captureOf(object: KubernetesObject, plane: ControlPlane | undefined): Capture {
    if (!object.runsPods || isMachine(object)) {
        return { included: undefined, excluded: [] };
    }
    const annotations = podOf(object).at("metadata", "annotations");
    const own = (name: string): string | undefined => readable(() => annotations.at(name).text());
    const said = (name: string): string | undefined =>
        own(`${ANNOTATION}${name}`) ??
        readable(() => plane?.value("global", "proxy", name)?.text());
    if (
        own("sidecar.istio.io/interceptionMode") === "NONE" ||
        own("ambient.istio.io/bypass-inbound-capture") === "true"
    ) {
        return { included: [], excluded: [] };
    }
    const included = said("includeInboundPorts");
    return {
        included: included === undefined || included.includes("*") ? undefined : portsIn(included),
        excluded: portsIn(said("excludeInboundPorts") ?? ""),
    };
}

function portsIn(list: string): readonly number[] {
    return list
        .split(",")
        .map((port) => Number(port.trim()))
        .filter((port) => port > 0);
}

type Modes = Pick<PeerModes, "other" | "ports">;

function withoutCapture({ other, ports }: Modes, { included, excluded }: Capture): Modes {
    const guarded = included?.map((port) => [port, ports.get(port) ?? other] as const) ?? ports;
    return {
        other: included === undefined ? other : "UNGUARDED",
        ports: new Map<number, PeerMode>([
            ...guarded,
            ...excluded.map((port) => [port, "UNGUARDED"] as const),
        ]),
    };
}
