import type { LabelExpression } from "#model/label-selector.ts";
import { meets } from "#model/label-selector.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { rangeFrom } from "#policy/ip-range.ts";
import type { Change } from "../change.ts";
import { meshViewOf, readable } from "../mesh.ts";
import { listed } from "../routes/space.ts";
import type { Subject } from "../subject.ts";
import type { Workload } from "../workloads.ts";
import { asChanges, keptWorkloads } from "./compare-ways.ts";
import type { OfWorkload } from "./compare-ways.ts";

const NETWORK_POLICY = { group: "networking.k8s.io", kind: "NetworkPolicy" } as const;

/** Whom pods may send packets to, and at which port. */
interface Allowed {
    /** Range of addresses, or the pods as one writes them; absent for anywhere. */
    readonly to?: string;
    /** Addresses of the range that are left out. */
    readonly except: readonly string[];
    /** Absent for every port. */
    readonly port?: string;
    readonly policy: KubernetesObject;
}

/** What limits the packets of a workload; absent where nothing does. */
type Limits = readonly Allowed[] | undefined;

/** The conditions of a label selector, all of which have to be met. @throws UnknownValue */
function requirementsOf(selector: Field): readonly Required<LabelExpression>[] {
    return [
        ...textsOf(selector.at("matchLabels")).map(([key, value]) => ({
            key,
            operator: "In",
            values: [value],
        })),
        ...selector
            .at("matchExpressions")
            .items()
            .map((expression) => ({
                key: expression.at("key").text() ?? "",
                operator: expression.at("operator").text() ?? "",
                values: [...expression.at("values").texts()].sort(),
            })),
    ].sort((one, other) => (one.key < other.key ? -1 : 1));
}

function writtenSelector(selector: Field): string {
    const requirements = requirementsOf(selector);
    return requirements.length === 0
        ? "all"
        : requirements
              .map(({ key, operator, values }) =>
                  operator === "In" && values.length === 1
                      ? `${key}=${values[0] ?? ""}`
                      : [key, operator, ...values].join(" "),
              )
              .join(", ");
}

/** @throws UnknownValue */
function peerAt(peer: Field): Pick<Allowed, "except" | "to"> {
    const block = peer.at("ipBlock");
    if (block.exists) {
        return {
            to: block.at("cidr").text() ?? "",
            except: [...block.at("except").texts()].sort(),
        };
    }
    const [pods, namespaces] = [peer.at("podSelector"), peer.at("namespaceSelector")];
    const place = namespaces.exists
        ? `namespaces ${writtenSelector(namespaces)}`
        : `namespace ${peer.object.namespace}`;
    return { to: `pods ${pods.exists ? writtenSelector(pods) : "all"} of ${place}`, except: [] };
}

/** @throws UnknownValue */
function portAt(port: Field): string {
    const [number, end] = [port.at("port").text(), port.at("endPort").text()];
    const protocol = port.at("protocol").text() ?? "TCP";
    return `${protocol} ${number ?? "all"}${end === undefined ? "" : `-${end}`}`;
}

/** What a rule of a policy allows, one peer and one port each. @throws UnknownValue */
function allowedBy(rule: Field): readonly Allowed[] {
    const policy = rule.object;
    const peers: readonly Pick<Allowed, "except" | "to">[] = rule.at("to").items().map(peerAt);
    const ports = rule.at("ports").items().map(portAt);
    const every = peers.length === 0 ? [{ except: [] }] : peers;
    return every.flatMap((peer) =>
        ports.length === 0
            ? [{ ...peer, policy }]
            : ports.map((port) => ({ ...peer, port, policy })),
    );
}

/** Whether a policy limits what pods send. @throws UnknownValue */
function isForEgress({ root }: KubernetesObject): boolean {
    const types = root.at("spec", "policyTypes");
    return types.exists
        ? types.texts().includes("Egress")
        : root.at("spec", "egress").items().length > 0;
}

function limitsOf({ namespace, labels }: Workload, subject: Subject): Limits {
    const policies = meshViewOf(subject)
        .stack.in(namespace, NETWORK_POLICY)
        .filter(
            (policy) =>
                readable(
                    () =>
                        isForEgress(policy) &&
                        requirementsOf(policy.root.at("spec", "podSelector")).every((one) =>
                            meets(one, labels.get(one.key)),
                        ),
                ) ?? false,
        );
    return policies.length === 0
        ? undefined
        : policies.flatMap((policy) => policy.root.at("spec", "egress").items().flatMap(allowedBy));
}

/** Whether a port is one of those that another text stands for. */
function isAtPort(port: string | undefined, wide: string | undefined): boolean {
    const [protocol = "", number] = wide?.split(" ") ?? [];
    return (
        wide === undefined ||
        port === wide ||
        (number === "all" && port?.split(" ")[0] === protocol)
    );
}

/** Whether addresses or pods are among others. */
function isAmong(one: Allowed, { to, except }: Allowed): boolean {
    if (to === undefined || one.to === undefined) {
        return to === undefined;
    }
    const [own, wide] = [rangeFrom(one.to), rangeFrom(to)];
    const isInRange =
        own !== undefined &&
        wide !== undefined &&
        own.bits === wide.bits &&
        own.first >= wide.first &&
        own.last <= wide.last;
    return (one.to === to || isInRange) && except.every((left) => one.except.includes(left));
}

/** Whether everything that one rule allows is allowed by another one. */
function isWithin(one: Allowed, other: Allowed): boolean {
    return isAtPort(one.port, other.port) && isAmong(one, other);
}

function written({ to, except, port }: Allowed): string {
    const where = to ?? "anywhere";
    const but = except.length === 0 ? "" : ` but ${listed(except)}`;
    return `${where}${but}${port === undefined ? "" : ` at ${port}`}`;
}

function beyond(own: readonly Allowed[], others: readonly Allowed[]): readonly Allowed[] {
    return own.filter((one) => !others.some((other) => isWithin(one, other)));
}

const FREE = "nothing limits where its packets go";

function limitsSaid(title: string, before: Limits, after: Limits): readonly OfWorkload[] {
    if (before === undefined && after === undefined) {
        return [];
    }
    const said = (text: string, policies: readonly KubernetesObject[], weaker?: string) => ({
        title,
        kind: "packets",
        text,
        objects: policies,
        ...(weaker !== undefined && { weaker }),
    });
    if (before === undefined) {
        const policies = (after ?? []).map(({ policy }) => policy);
        return [said("may send packets only where NetworkPolicies allow it now", policies)];
    }
    if (after === undefined) {
        const policies = before.map(({ policy }) => policy);
        return [said("may send packets anywhere, as no NetworkPolicy limits it", policies, FREE)];
    }
    const opened = beyond(after, before).map((one) =>
        said(
            `may send packets to ${written(one)} now`,
            [one.policy],
            "packets may go where they could not",
        ),
    );
    const closed = beyond(before, after).map((one) =>
        said(`may no longer send packets to ${written(one)}`, [one.policy]),
    );
    return [...opened, ...closed];
}

/** Where NetworkPolicies let the packets of workloads go. */
export function packetChanges(before: Subject, after: Subject): readonly Change[] {
    const kept = keptWorkloads(before, after);
    const said = kept.flatMap(({ title, ...sides }) => {
        const [old, now] = [
            readable(() => ({ limits: limitsOf(sides.before, before) })),
            readable(() => ({ limits: limitsOf(sides.after, after) })),
        ];
        return old === undefined || now === undefined
            ? [
                  {
                      title,
                      kind: "unread",
                      text: "may send packets where nobody can tell: a NetworkPolicy is not known",
                      objects: [],
                  },
              ]
            : limitsSaid(title, old.limits, now.limits);
    });
    return asChanges(said, kept);
}
