import { ABSENT } from "./cells.ts";
import type { Dimension } from "./cells.ts";
import type { Policy, Rule, Stage } from "./policies.ts";
import { isTcp, modeOf } from "./sides.ts";
import type { Side } from "./sides.ts";
import { holds, isOfRequests, isOfTokens, PEER, PORT, TOKEN } from "./tests.ts";
import type { Test } from "./tests.ts";

/** One cell of each dimension, by their places. */
export type Point = readonly number[];

/** What becomes of a request: refused, let in if somebody else agrees, let in. */
export const REFUSED = 0;
export const ASKED = 1;
export const ALLOWED = 2;
export type Outcome = typeof ALLOWED | typeof ASKED | typeof REFUSED;

/** A request as one side's proxy sees it. */
interface Seen {
    readonly point: Point;
    readonly peer: string | undefined;
    /** Whether it is no request for the proxy, but a connection. */
    readonly isConnection: boolean;
}

/** Judges the requests of some dimensions as one side does. */
export class Judge {
    readonly #side: Side;
    readonly #at: number;
    readonly #places: ReadonlyMap<string, number>;
    readonly #dimensions: readonly Dimension[];
    readonly #results = new Map<Test, readonly boolean[]>();

    /** @param at place of the side among those of the dimensions */
    constructor(side: Side, at: number, dimensions: readonly Dimension[]) {
        this.#side = side;
        this.#at = at;
        this.#dimensions = dimensions;
        this.#places = new Map(dimensions.map(({ key }, place) => [key, place]));
    }

    /** What becomes of a request. */
    outcome(point: Point): Outcome {
        const port = this.#value(PORT, point) ?? "";
        const mode = modeOf(this.#side, port);
        if (mode === "UNGUARDED") {
            return ALLOWED;
        }
        const peer = mode === "DISABLE" ? undefined : this.#value(PEER, point);
        if (mode === "STRICT" && peer === undefined && !this.#isEdge) {
            return REFUSED;
        }
        const outcomes = this.#side.stages.map((stage) =>
            this.#outcomeAt(stage, {
                point,
                peer: stage.arriveAs ?? peer,
                isConnection: stage.isBlind || isTcp(this.#side, port),
            }),
        );
        return outcomes.reduce<Outcome>((least, one) => (one < least ? one : least), ALLOWED);
    }

    /** Whether a request is seen by no proxy. */
    isUnguarded(point: Point): boolean {
        return modeOf(this.#side, this.#value(PORT, point) ?? "") === "UNGUARDED";
    }

    /** The policies that match a request. */
    matching(point: Point): readonly Policy[] {
        const port = this.#value(PORT, point) ?? "";
        const peer = modeOf(this.#side, port) === "DISABLE" ? undefined : this.#value(PEER, point);
        return this.#side.stages.flatMap((stage) => {
            const seen = {
                point,
                peer: stage.arriveAs ?? peer,
                isConnection: stage.isBlind || isTcp(this.#side, port),
            };
            return stage.policies.filter((policy) => this.#matches(policy, seen));
        });
    }

    /** Clients of the edge come without an identity of the mesh. */
    get #isEdge(): boolean {
        return this.#side.workload.role === "gateway";
    }

    #value(key: string, point: Point): string | undefined {
        const place = this.#places.get(key) ?? -1;
        return this.#dimensions[place]?.cells[point[place] ?? -1]?.values[this.#at];
    }

    #outcomeAt({ policies }: Stage, seen: Seen): Outcome {
        const of = (action: string): readonly Policy[] =>
            policies.filter((policy) => policy.action === action);
        const matches = (policy: Policy): boolean => this.#matches(policy, seen);
        if (of("DENY").some(matches)) {
            return REFUSED;
        }
        const allows = of("ALLOW");
        if (allows.length > 0 && !allows.some(matches)) {
            return REFUSED;
        }
        return of("CUSTOM").some(matches) ? ASKED : ALLOWED;
    }

    #matches({ action, rules }: Policy, seen: Seen): boolean {
        return rules.some((rule) => this.#meets(rule, action, seen));
    }

    #meets(rule: Rule, action: string, seen: Seen): boolean {
        // Of connections an ALLOW that asks about requests lets in none, and another action takes no notice of that.
        if (seen.isConnection && action === "ALLOW" && asksOfRequests(rule)) {
            return false;
        }
        const all = (tests: readonly Test[]): boolean =>
            tests.every((test) => this.#holds(test, seen));
        const some = (lists: readonly (readonly Test[])[]): boolean =>
            lists.length === 0 || lists.some(all);
        return some(rule.sources) && some(rule.operations) && all(rule.conditions);
    }

    #holds(test: Test, { point, peer, isConnection }: Seen): boolean {
        if (test.dimension === PEER) {
            return peer === this.#value(PEER, point)
                ? this.#resultAt(test, point)
                : holds(test, peer);
        }
        return (isConnection && isOfRequests(test.dimension)) || this.#resultAt(test, point);
    }

    #resultAt(test: Test, point: Point): boolean {
        const place = this.#places.get(test.dimension) ?? -1;
        const known = this.#results.get(test);
        const results =
            known ??
            (this.#dimensions[place]?.cells ?? []).map(({ values }) =>
                holds(test, values[this.#at]),
            );
        if (known === undefined) {
            this.#results.set(test, results);
        }
        return results[point[place] ?? -1] ?? false;
    }
}

function asksOfRequests({ sources, operations, conditions }: Rule): boolean {
    return [...sources.flat(), ...operations.flat(), ...conditions].some(({ dimension }) =>
        isOfRequests(dimension),
    );
}

/** Whether there can be such a request: what a token says, none says without one. */
export function isPossible(point: Point, dimensions: readonly Dimension[]): boolean {
    const isAbsent = (place: number): boolean =>
        dimensions[place]?.cells[point[place] ?? -1]?.members.every(
            ({ label }) => label === ABSENT,
        ) ?? true;
    const token = dimensions.findIndex(({ key }) => key === TOKEN);
    return (
        token < 0 ||
        !isAbsent(token) ||
        dimensions.every(({ key }, place) => !isOfTokens(key) || isAbsent(place))
    );
}
