import { authenticationsOf, modeAt } from "../peer-modes.ts";
import type { PeerMode, PeerModes } from "../peer-modes.ts";
import type { Subject } from "../subject.ts";
import { workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { issuersOf } from "./issuers.ts";
import { policiesOf } from "./policies.ts";
import type { Stage } from "./policies.ts";
import { OTHER_PORT } from "./candidates.ts";
import { OWN_TRUST_DOMAIN } from "./tests.ts";

/** A workload as one subject guards it. */
export interface Side {
    readonly workload: Workload;
    readonly stages: readonly Stage[];
    readonly modes: PeerModes;
    /** Issuers whose tokens it accepts; `undefined` where nobody says which. */
    readonly issuers: readonly string[] | undefined;
    /** Ports that are known of it. */
    readonly ports: readonly number[];
    /** Ports that proxies read as bytes. */
    readonly tcp: ReadonlySet<number>;
    /** As whom a caller arrives here; `undefined` without an identity. */
    readonly arrivesAs: (principal: string | undefined) => string | undefined;
}

/** A workload as its subject guards it. */
export function sideOf(subject: Subject, workload: Workload): Side {
    const issuers = issuersOf(subject).issuersOf(workload);
    const fronts = workload.fronts.flatMap(({ ports }) => ports);
    const numberOf = (target: string): number =>
        workload.ports.find(({ name }) => name === target)?.number ?? Number(target);
    const targets = fronts.map(({ target, readAs }) => ({ port: numberOf(target), readAs }));
    return {
        workload,
        stages: policiesOf(subject).stagesOf(workload),
        modes: authenticationsOf(subject).modesOf(workload),
        issuers: issuers.length === 0 ? undefined : issuers.map(({ issuer }) => issuer),
        ports: [
            ...workload.ports.map(({ number }) => number),
            ...targets.map(({ port }) => port).filter((port) => port > 0),
        ],
        tcp: new Set(targets.filter(({ readAs }) => readAs === "TCP").map(({ port }) => port)),
        arrivesAs: (principal) => (isOutside(subject, principal) ? undefined : principal),
    };
}

/** The identity of a workload, with one name for the mesh's own trust domain. */
export function callerOf({ namespace, account }: Workload): string {
    return `${OWN_TRUST_DOMAIN}/ns/${namespace}/sa/${account}`;
}

const users = new WeakMap<Subject, ReadonlyMap<string, readonly Workload[]>>();

/** The workloads of a subject by the identity as which they call. */
export function usersOf(subject: Subject): ReadonlyMap<string, readonly Workload[]> {
    const known = users.get(subject);
    if (known !== undefined) {
        return known;
    }
    const found = new Map<string, Workload[]>();
    for (const workload of workloadsOf(subject).all) {
        const caller = callerOf(workload);
        found.set(caller, [...(found.get(caller) ?? []), workload]);
    }
    users.set(subject, found);
    return found;
}

/** Whether all that runs under an identity runs outside the mesh, so that nobody shows it. */
function isOutside(subject: Subject, principal: string | undefined): boolean {
    const running = principal === undefined ? [] : (usersOf(subject).get(principal) ?? []);
    return running.length > 0 && running.every(({ proxy }) => proxy === "none");
}

/** How a side takes connections at a port of the cells. */
export function modeOf({ modes }: Side, port: string): PeerMode {
    return port === OTHER_PORT ? modes.other : modeAt(modes, Number(port));
}

/** Whether a side's proxy reads a port as bytes. */
export function isTcp({ tcp }: Side, port: string): boolean {
    return tcp.has(Number(port));
}
