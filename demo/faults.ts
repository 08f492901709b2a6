import { parseDuration } from "./duration.ts";
import { isServiceName, SERVICE_NAMES } from "./names.ts";
import type { ServiceName } from "./names.ts";

/** Request header that asks for slow or failing behaviour. */
export const FAULT_HEADER = "x-demo-fault";

/** Longest time that can be asked for: five minutes. */
const LONGEST_MS = 300_000;

/** How one service is to misbehave. */
export interface Fault {
    /** Service the fault is meant for; undefined means whoever reads it first. */
    readonly service?: ServiceName;
    /** Time to wait before the work is done. */
    readonly delayMs?: number;
    /** Status to answer with, 400 to 599, instead of doing the work. */
    readonly status?: number;
    /** Do the work first, then answer with `status`: the result is lost on its way back. */
    readonly after: boolean;
    /** Never answer. */
    readonly hang: boolean;
    /**
     * Milliseconds after which a connection without a request counts as idle: the next request on it finds it closed,
     * as where a server's keep-alive ends while the request is on its way.
     */
    readonly idleMs?: number;
    /** Percent of the requests it acts on. */
    readonly share: number;
}

/** Text that does not follow the grammar; the message is one sentence for the person who wrote it. */
export class FaultSyntaxError extends Error {}

const GRAMMAR =
    "allowed are delay=<duration>, status=<400..599>, after, hang, idle=<duration> and share=<0..100>, separated by commas";

/**
 * Reads `delay=800ms,status=503,share=50`, or several such clauses separated by `;`, each with an
 * optional `<service>:` before it. One clause a service, and at most one without a service.
 *
 * @throws FaultSyntaxError with one sentence that names the part that is wrong
 */
export function parseFaults(text: string): readonly Fault[] {
    const faults = text.split(";").map((clause) => parseClause(clause.trim()));
    const scopes = faults.map((fault) => fault.service ?? "");
    const twice = scopes.find((scope, index) => scopes.indexOf(scope) !== index);
    if (twice !== undefined) {
        const whom = twice === "" ? "no named service" : twice;
        throw new FaultSyntaxError(`fault "${text}" has two clauses for ${whom}, allowed is one.`);
    }
    return faults;
}

function parseClause(clause: string): Fault {
    const colon = clause.indexOf(":");
    const scope = colon < 0 ? undefined : clause.slice(0, colon).trim();
    if (scope !== undefined && !isServiceName(scope)) {
        const known = SERVICE_NAMES.join(", ");
        throw new FaultSyntaxError(`fault names the service "${scope}", known are ${known}.`);
    }
    const effects = clause.slice(colon + 1).split(",");
    const found = new Map<string, string>();
    for (const effect of effects) {
        const [key = "", ...rest] = effect.trim().split("=");
        if (found.has(key)) {
            throw new FaultSyntaxError(`fault "${clause}" says "${key}" twice.`);
        }
        found.set(key, readEffect(clause, key, rest));
    }
    const status = found.get("status");
    const delay = found.get("delay");
    const idle = found.get("idle");
    const fault: Fault = {
        ...(scope === undefined ? {} : { service: scope }),
        ...(delay === undefined ? {} : { delayMs: parseDuration(delay) ?? 0 }),
        ...(status === undefined ? {} : { status: Number(status) }),
        after: found.has("after"),
        hang: found.has("hang"),
        ...(idle === undefined ? {} : { idleMs: parseDuration(idle) ?? 0 }),
        share: Number(found.get("share") ?? 100),
    };
    return checkCombination(clause, fault);
}

/** Returns the checked value of one effect; the flags `after` and `hang` have an empty one. */
function readEffect(clause: string, key: string, rest: readonly string[]): string {
    const value = rest.join("=");
    const valid = {
        delay: () => (parseDuration(value) ?? Infinity) <= LONGEST_MS,
        idle: () => (parseDuration(value) ?? Infinity) <= LONGEST_MS,
        status: () => /^[45]\d\d$/.test(value),
        share: () => /^\d+(\.\d+)?$/.test(value) && Number(value) <= 100,
        after: () => rest.length === 0,
        hang: () => rest.length === 0,
    };
    if (!Object.hasOwn(valid, key) || !valid[key as keyof typeof valid]()) {
        const shown = rest.length === 0 ? key : `${key}=${value}`;
        throw new FaultSyntaxError(`fault "${clause}" contains "${shown}", ${GRAMMAR}.`);
    }
    return value;
}

function checkCombination(clause: string, fault: Fault): Fault {
    const { hang, delayMs, status, idleMs } = fault;
    if (!hang && delayMs === undefined && status === undefined && idleMs === undefined) {
        throw new FaultSyntaxError(
            `fault "${clause}" does nothing, it needs delay, status, hang or idle.`,
        );
    }
    if (hang && status !== undefined) {
        throw new FaultSyntaxError(`fault "${clause}" asks for hang and status, allowed is one.`);
    }
    if (fault.after && status === undefined) {
        throw new FaultSyntaxError(`fault "${clause}" asks for after without a status.`);
    }
    return fault;
}

/** The clause that is meant for `service`: its own before the one without a name. */
export function faultFor(faults: readonly Fault[], service: ServiceName): Fault | undefined {
    return (
        faults.find((fault) => fault.service === service) ??
        faults.find((fault) => fault.service === undefined)
    );
}

/**
 * What of the header `text` the next services are told: the clauses with a service's name. One without
 * a name is meant for the service that was addressed, or a delay would add up along the chain.
 */
export function faultsToPassOn(text: string): string | undefined {
    const named = text.split(";").filter((clause) => clause.includes(":"));
    return named.length === 0 ? undefined : named.map((clause) => clause.trim()).join(";");
}
