import {
    actionOf,
    dryRunOf,
    fieldAskedBy,
    keyOf,
    negative,
    OPERATION_FIELDS,
    SOURCE_FIELDS,
} from "#policy/authorization.ts";
import type { OperationField, SourceField } from "#policy/authorization.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { trustDomainsOf } from "#policy/identity.ts";
import { AUTHORIZATION_POLICY } from "#policy/kinds.ts";
import { principalOf } from "#policy/waypoints.ts";
import type { ObjectRef } from "../change.ts";
import { meshViewOf, readable, refOf } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import type { Subject } from "../subject.ts";
import type { Workload } from "../workloads.ts";
import { holderOf, scopeOf } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { HOST, METHOD, OWN_TRUST_DOMAIN, PATH, PEER, PORT, TOKEN } from "./tests.ts";
import type { Matching, Test } from "./tests.ts";

/** One rule of a policy: one of its sources and one of its operations fit, and all of its conditions. */
export interface Rule {
    readonly sources: readonly (readonly Test[])[];
    readonly operations: readonly (readonly Test[])[];
    readonly conditions: readonly Test[];
}

/** An AuthorizationPolicy that is enforced, read as Istio reads it. */
export interface Policy {
    readonly ref: ObjectRef;
    readonly action: string;
    /** Who is asked by a policy of the action CUSTOM. */
    readonly provider: string;
    readonly rules: readonly Rule[];
}

/** A proxy on the way to a workload, and the policies that it enforces. */
export interface Stage {
    readonly policies: readonly Policy[];
    /** Whether it knows connections alone, as ztunnel does. */
    readonly isBlind: boolean;
    /** As whom callers arrive, where that is somebody else: a waypoint. */
    readonly arriveAs?: string | undefined;
}

/** The policies of a subject. */
export interface Policies {
    /** The proxies that a request passes on its way to a workload; none where nothing guards it. */
    readonly stagesOf: (workload: Workload) => readonly Stage[];
    /** Policies of which something is not known. */
    readonly unread: readonly KubernetesObject[];
}

interface Scoped extends Policy, Scope {}

const known = new WeakMap<Subject, Policies>();

/** The policies of a subject; read once for each. */
export function policiesOf(subject: Subject): Policies {
    const found = known.get(subject) ?? read(meshViewOf(subject));
    known.set(subject, found);
    return found;
}

function read(view: MeshView): Policies {
    const { stack, settings } = view;
    const own = new Set(readable(() => trustDomainsOf(stack, settings)) ?? [OWN_TRUST_DOMAIN]);
    const unread: KubernetesObject[] = [];
    const all = stack.of(AUTHORIZATION_POLICY).flatMap((object) => {
        const policies = readable(() => (isEnforced(object) ? [scopedPolicy(object, own)] : []));
        if (policies === undefined) {
            unread.push(object);
        }
        return policies ?? [];
    });
    const heldFor = holderOf(all, view);
    return {
        unread,
        stagesOf: (workload) => {
            if (workload.proxy === "none") {
                return [];
            }
            const held = heldFor(workload);
            const [first] = held.atWaypoints;
            return [
                ...held.atWaypoints.map(({ held: policies }) => ({ policies, isBlind: false })),
                {
                    policies: held.own,
                    isBlind: workload.proxy === "ztunnel",
                    arriveAs: first && canonical(principalOf(first.waypoint, settings), own),
                },
            ];
        },
    };
}

/** Whether a policy decides anything: one that is tried out, or of the action AUDIT, only takes notes. @throws UnknownValue */
function isEnforced(object: KubernetesObject): boolean {
    return dryRunOf(object) === undefined && actionOf(object) !== "AUDIT";
}

/** @throws UnknownValue */
function scopedPolicy(object: KubernetesObject, own: ReadonlySet<string>): Scoped {
    const { root, namespace } = object;
    return {
        ...scopeOf(object),
        ref: refOf(object),
        action: actionOf(object),
        provider: root.at("spec", "provider", "name").text() ?? "",
        rules: root
            .at("spec", "rules")
            .items()
            .map((rule) => readRule(rule, namespace, own)),
    };
}

/** A principal in which the mesh's own trust domain has one name. */
function canonical(principal: string, own: ReadonlySet<string>): string {
    const [trustDomain = "", ...rest] = principal.split("/");
    return [own.has(trustDomain) ? OWN_TRUST_DOMAIN : trustDomain, ...rest].join("/");
}

/** A field of a source or an operation, or the key of a condition: what it asks about, and how it compares. */
type Asked = readonly [dimension: string, matching: Matching];

const ASKED: Readonly<Record<OperationField | SourceField, Asked>> = {
    principals: [PEER, "principal"],
    namespaces: [PEER, "namespace"],
    serviceAccounts: [PEER, "account"],
    trustDomains: [PEER, "trustDomain"],
    ipBlocks: ["source.ip", "range"],
    remoteIpBlocks: ["remote.ip", "range"],
    requestPrincipals: [TOKEN, "text"],
    hosts: [HOST, "host"],
    methods: [METHOD, "text"],
    paths: [PATH, "path"],
    ports: [PORT, "port"],
};

/** What a condition asks about; the templates of paths are none in conditions. */
function askedBy(key: string): Asked {
    const field = fieldAskedBy(key);
    return field === undefined || field === "paths"
        ? [field === undefined ? key : PATH, key === "destination.ip" ? "range" : "text"]
        : ASKED[field];
}

/** What a policy's namespace and the mesh's trust domains make of its values. */
interface Reading {
    readonly namespace: string;
    readonly own: ReadonlySet<string>;
}

/** @throws UnknownValue */
function readRule(rule: Field, namespace: string, own: ReadonlySet<string>): Rule {
    const reading = { namespace, own };
    return {
        sources: rule
            .at("from")
            .items()
            .map((from) => testsIn(from.at("source"), SOURCE_FIELDS, reading)),
        operations: rule
            .at("to")
            .items()
            .map((to) => testsIn(to.at("operation"), OPERATION_FIELDS, reading)),
        conditions: rule
            .at("when")
            .items()
            .flatMap((condition) => {
                const asked = askedBy(keyOf(condition));
                return [
                    ...testOf(condition.at("values"), asked, false, reading),
                    ...testOf(condition.at("notValues"), asked, true, reading),
                ];
            }),
    };
}

/** @throws UnknownValue */
function testsIn(
    holder: Field,
    fields: readonly (OperationField | SourceField)[],
    reading: Reading,
): readonly Test[] {
    return fields.flatMap((field) => [
        ...testOf(holder.at(field), ASKED[field], false, reading),
        ...testOf(holder.at(negative(field)), ASKED[field], true, reading),
    ]);
}

/** What a list of values asks; nothing where it is empty. @throws UnknownValue */
function testOf(
    list: Field,
    [dimension, matching]: Asked,
    negated: boolean,
    reading: Reading,
): readonly Test[] {
    const values = list.texts().map((value) => readValue(value, matching, reading));
    return values.length === 0 ? [] : [{ dimension, matching, values, negated }];
}

function readValue(value: string, matching: Matching, { namespace, own }: Reading): string {
    switch (matching) {
        case "account":
            return value.includes("/") ? value : `${namespace}/${value}`;
        case "principal":
            return canonical(value, own);
        case "trustDomain":
            return own.has(value) ? OWN_TRUST_DOMAIN : value;
        default:
            return value;
    }
}
