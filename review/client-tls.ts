import { rulesFor, subsetFieldsOf, trafficPolicyOf } from "#policy/destination-rules.ts";
import type { MergedRule } from "#policy/destination-rules.ts";
import type { Field } from "#policy/field.ts";
import { ruleFor } from "./breakers/own-proxy.ts";
import type { Change, ObjectRef } from "./change.ts";
import { meshViewOf, readable, refOf } from "./mesh.ts";
import type { MeshView } from "./mesh.ts";
import type { Subject } from "./subject.ts";
import { counterpartsOf, workloadsOf } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** What callers send: mutual TLS of the mesh, plaintext, or TLS of their own. */
type Sent = "MUTUAL" | "OWN TLS" | "PLAINTEXT" | "UNKNOWN";

/** What callers send to a host, by where it is said: all of it, a port, a subset. */
interface Sending {
    readonly places: ReadonlyMap<string, Sent>;
    readonly rules: readonly ObjectRef[];
}

/** The whole of a host. */
const WHOLE = "";

/** What callers send to the hosts of the mesh, where it is no longer what it was. */
export function compareClients(before: Subject, after: Subject): readonly Change[] {
    const namespaces = new Set(workloadsOf(after).all.map(({ namespace }) => namespace));
    return hostsOf(after).flatMap(({ host, title, service }) => {
        if (workloadsOf(before).answering(host).length === 0) {
            return [];
        }
        const byCaller = [...namespaces].flatMap((namespace): (ByCaller & SentChange)[] => {
            const [was, is] = [before, after].map((subject) => sendingTo(subject, host, namespace));
            return was === undefined || is === undefined
                ? []
                : changesFrom(was, is).map((change) => ({ namespace, ...change }));
        });
        const selected = callersSelected(host, before, after).flatMap((caller) =>
            changesOfCaller(caller, host, before, after)
                .filter(
                    (change) =>
                        !byCaller.some(
                            (other) =>
                                other.namespace === caller.namespace && isSame(change, other),
                        ),
                )
                .map((change) => ({
                    namespace: "",
                    caller: workloadsOf(after).titleOf(caller),
                    ...change,
                })),
        );
        const groups = new Map<string, (ByCaller & SentChange)[]>();
        for (const change of [...byCaller, ...selected]) {
            const key = JSON.stringify([change.place, change.was, change.is, change.caller]);
            groups.set(key, [...(groups.get(key) ?? []), change]);
        }
        return Array.from(groups.values(), (own): Change => {
            const [{ place, was, is, caller }] = own as [(typeof own)[number]];
            const from =
                caller !== undefined
                    ? ` from ${caller}`
                    : own.length === namespaces.size
                      ? ""
                      : ` from namespace ${own.map(({ namespace }) => namespace).join(" and ")}`;
            const isWeaker = was === "MUTUAL" || is === "PLAINTEXT" || is === "UNKNOWN";
            const refs = own.flatMap(({ rules }) => rules);
            return {
                topic: "transport",
                kind: isWeaker ? "transport/sent-weaker" : "transport/sent",
                about: title,
                text: `calls${from} to ${[title, ...(place === WHOLE ? [] : [place])].join(", ")} ${SENT[is]} now, were ${WERE[was]}`,
                ...(isWeaker && { weaker: WHY[is] }),
                objects: [...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()],
                declared: { workload: service, path: [] },
            };
        });
    });
}

/** Whose calls they are: those of a namespace, or of one workload for which a rule is alone. */
interface ByCaller {
    readonly namespace: string;
    readonly caller?: string;
}

function isSame(one: SentChange, other: SentChange): boolean {
    return one.place === other.place && one.was === other.was && one.is === other.is;
}

/** The workloads for which some rule for a host is alone, on either side. */
function callersSelected(host: string, ...subjects: readonly Subject[]): readonly Workload[] {
    const selects = subjects.some((subject) => {
        const { stack, settings } = meshViewOf(subject);
        return readable(() =>
            rulesFor(stack, host, settings).some(
                ({ root }) => root.at("spec", "workloadSelector").exists,
            ),
        );
    });
    const after = subjects.at(-1);
    return selects && after !== undefined
        ? workloadsOf(after).all.filter(
              ({ proxy, role }) => proxy !== "none" && role !== "waypoint",
          )
        : [];
}

function changesOfCaller(
    caller: Workload,
    host: string,
    before: Subject,
    after: Subject,
): readonly SentChange[] {
    const [other] = counterpartsOf(before, caller);
    const was = other && sendingTo(before, host, other.namespace, other);
    const is = sendingTo(after, host, caller.namespace, caller);
    return was === undefined || is === undefined ? [] : changesFrom(was, is);
}

const SENT: Readonly<Record<Sent, string>> = {
    MUTUAL: "use mutual TLS",
    "OWN TLS": "use TLS that is not the mesh's",
    PLAINTEXT: "go in plaintext",
    UNKNOWN: "use what is not known here",
};
const WERE: Readonly<Record<Sent, string>> = {
    MUTUAL: "mutual TLS",
    "OWN TLS": "TLS that is not the mesh's",
    PLAINTEXT: "plaintext",
    UNKNOWN: "not known",
};
const WHY: Readonly<Record<Sent, string>> = {
    MUTUAL: "",
    "OWN TLS": "they show no identity of the mesh, and check none",
    PLAINTEXT: "whoever is on the way can read and change them, and they show no identity",
    UNKNOWN: "how they are protected cannot be told",
};

/** The hosts that workloads of the mesh answer for. */
function hostsOf(
    subject: Subject,
): readonly { readonly host: string; readonly title: string; readonly service: string }[] {
    const { all, titleOf } = workloadsOf(subject);
    const hosts = new Map(
        all
            .filter(({ proxy, role }) => proxy !== "none" && role === "application")
            .flatMap((workload) =>
                workload.fronts
                    .flatMap(({ hosts }) => hosts)
                    .map(
                        (host) =>
                            [
                                host,
                                { host, title: titleOf(workload), service: workload.service },
                            ] as const,
                    ),
            ),
    );
    return [...hosts.values()];
}

interface SentChange {
    readonly place: string;
    readonly was: Sent;
    readonly is: Sent;
    readonly rules: readonly ObjectRef[];
}

function changesFrom(was: Sending, is: Sending): readonly SentChange[] {
    const at = ({ places }: Sending, place: string): Sent =>
        places.get(place) ?? places.get(WHOLE) ?? "MUTUAL";
    const places = [...new Set([WHOLE, ...was.places.keys(), ...is.places.keys()])];
    const changes = places.map((place) => ({
        place,
        was: at(was, place),
        is: at(is, place),
        rules: [...is.rules, ...was.rules],
    }));
    const [whole] = changes;
    return changes.filter(
        (change) =>
            change.was !== change.is &&
            // What is so of the whole need not be said of its parts.
            (change === whole || whole?.was !== change.was || whole.is !== change.is),
    );
}

/** What callers of a namespace, or one of its workloads, send to a host; `undefined` where nothing of it can be told. */
function sendingTo(
    subject: Subject,
    host: string,
    namespace: string,
    caller?: Workload,
): Sending | undefined {
    const view = meshViewOf(subject);
    const standard: Sent = isAutomatic(view) ? "MUTUAL" : "PLAINTEXT";
    return readable(() => {
        const rule = ruleFor(host, namespace, caller, view);
        return rule === undefined
            ? { places: new Map([[WHOLE, standard]]), rules: [] }
            : { places: placesOf(rule, standard), rules: rule.members.map(refOf) };
    });
}

/** Whether the mesh turns mutual TLS on where nobody says anything. */
function isAutomatic({ plane }: MeshView): boolean {
    return (
        plane === undefined || readable(() => plane.meshConfig("enableAutoMtls")?.flag()) !== false
    );
}

/** @throws UnknownValue */
function placesOf(rule: MergedRule, standard: Sent): ReadonlyMap<string, Sent> {
    const policy = trafficPolicyOf(rule);
    const whole = sentBy(policy) ?? standard;
    const places = new Map<string, Sent>([[WHOLE, whole]]);
    const addPorts = (holder: Field, prefix: string, inherited: Sent): void => {
        for (const port of holder.at("portLevelSettings").items()) {
            const number = port.at("port", "number").text() ?? "";
            // Settings of a port inherit nothing.
            places.set(`${prefix}port ${number}`, sentBy(port) ?? standard);
        }
        if (prefix !== "") {
            places.set(prefix.trimEnd(), inherited);
        }
    };
    addPorts(policy, "", whole);
    for (const subset of subsetFieldsOf(rule)) {
        const own = subset.at("trafficPolicy");
        addPorts(own, `subset ${subset.at("name").text() ?? ""} `, sentBy(own) ?? whole);
    }
    return places;
}

/** @throws UnknownValue */
function sentBy(policy: Field): Sent | undefined {
    const tls = policy.at("tls");
    if (!tls.exists) {
        return undefined;
    }
    const mode = tls.at("mode").text() ?? "DISABLE";
    return mode === "ISTIO_MUTUAL" ? "MUTUAL" : mode === "DISABLE" ? "PLAINTEXT" : "OWN TLS";
}
