import { dryRunOf } from "#policy/authorization.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { AUTHORIZATION_POLICY } from "#policy/kinds.ts";
import type { Change, DeclaredPlace, ObjectRef } from "../change.ts";
import { meshViewOf, readable, refOf } from "../mesh.ts";
import type { Compare, Subject } from "../subject.ts";
import { counterpartsOf, isOfMesh, workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { ANYBODY, callerNames } from "./callers.ts";
import type { KnownCaller } from "./cells.ts";
import { Difference } from "./difference.ts";
import type { Gain } from "./difference.ts";
import { issuersOf } from "./issuers.ts";
import { policiesOf } from "./policies.ts";
import type { Policy } from "./policies.ts";
import { compareByRule } from "./rules.ts";
import { callerOf, sideOf, usersOf } from "./sides.ts";
import type { Side } from "./sides.ts";
import { METHOD } from "./tests.ts";
import { doing, listed, methodsOf } from "./words.ts";

/** Who may call whom, afterwards and not before, and the other way round. */
export const compareAccess: Compare = (before, after) => {
    const known = knownCallers(before, after);
    const isSameOutside = outsiders(before) === outsiders(after);
    const compared = (own: Side, sides: readonly Side[], title: string): readonly Change[] => {
        const [first] = sides;
        const isSame =
            sides.length === 1 &&
            first !== undefined &&
            isSameOutside &&
            signOf(first) === signOf(own);
        return isSame ? [] : new Pair(own, sides, known, after, title).changes();
    };
    const { all, titleOf } = workloadsOf(after);
    const changes = all.filter(isOfMesh).flatMap((workload) =>
        compared(
            sideOf(after, workload),
            counterpartsOf(before, workload).map((one) => sideOf(before, one)),
            titleOf(workload),
        ),
    );
    const [were, are] = [unnamedIn(before), unnamedIn(after)];
    const defaults = Array.from(are).flatMap(([namespace, own]) => {
        const was = were.get(namespace);
        return was === undefined
            ? []
            : compared(
                  sideOf(after, own),
                  [sideOf(before, was)],
                  `any other workload of namespace ${namespace}`,
              );
    });
    return unique([...changes, ...defaults, ...unclear(before, after)]);
};

/** For each namespace of the mesh a workload that no policy selects by a label: what any new one would be. */
function unnamedIn(subject: Subject): ReadonlyMap<string, Workload> {
    const [object] = meshViewOf(subject).stack.objects.filter(({ runsPods }) => !runsPods);
    return new Map(
        workloadsOf(subject)
            .all.filter(({ proxy, role }) => proxy !== "none" && role === "application")
            .map((workload) => [
                workload.namespace,
                {
                    ...workload,
                    object: object ?? workload.object,
                    ref: { kind: "Namespace", name: workload.namespace },
                    labels: new Map<string, string>(),
                    service: "",
                    ports: [],
                    fronts: [],
                },
            ]),
    );
}

/** Two versions of one service say the same of both. */
function unique(changes: readonly Change[]): readonly Change[] {
    const byText = new Map<string, Change>();
    for (const change of changes) {
        const key = JSON.stringify([change.kind, change.about, change.text]);
        const known = byText.get(key);
        if (known === undefined || (known.weaker === undefined && change.weaker !== undefined)) {
            byText.set(key, change);
        }
    }
    return [...byText.values()];
}

/** The callers of both subjects, each by the name of the service that calls. */
export function knownCallers(...subjects: readonly Subject[]): readonly KnownCaller[] {
    const labels = new Map<string, Set<string>>();
    for (const subject of subjects) {
        const { titleOf } = workloadsOf(subject);
        for (const [principal, workloads] of usersOf(subject)) {
            const own = labels.get(principal) ?? new Set();
            workloads.forEach((workload) => own.add(titleOf(workload)));
            labels.set(principal, own);
        }
    }
    return Array.from(labels, ([principal, own]) => ({
        principal,
        label: listed([...own].sort(), " or "),
    })).sort((one, other) => (one.principal < other.principal ? -1 : 1));
}

/** All identities that nobody shows, since what runs under them is outside the mesh. */
function outsiders(subject: Subject): string {
    return Array.from(usersOf(subject))
        .filter(([, workloads]) => workloads.every(({ proxy }) => proxy === "none"))
        .map(([principal]) => principal)
        .sort()
        .join();
}

/** What decides how a side judges. */
function signOf({ stages, modes, issuers, ports, tcp, workload }: Side): string {
    return JSON.stringify([
        stages.map(({ policies, isBlind, arriveAs }) => [
            policies.map(({ action, provider, rules }) => [action, provider, rules]),
            isBlind,
            arriveAs,
        ]),
        modes.other,
        [...modes.ports],
        issuers,
        ports,
        [...tcp],
        workload.role,
        callerOf(workload),
    ]);
}

function keyOf({ kind, namespace = "", name }: ObjectRef): string {
    return `${kind} ${namespace}/${name}`;
}

/** A workload, and what it was compared with. */
class Pair {
    readonly #own: Side;
    readonly #before: readonly Side[];
    readonly #difference: Difference;
    readonly #title: string;
    readonly #after: Subject;

    constructor(
        own: Side,
        before: readonly Side[],
        known: readonly KnownCaller[],
        after: Subject,
        title: string,
    ) {
        this.#own = own;
        this.#before = before;
        this.#after = after;
        this.#difference = new Difference(own, before, known);
        this.#title = title;
    }

    changes(): readonly Change[] {
        if (this.#difference.isTooLarge) {
            return compareByRule(this.#title, this.#own, this.#before);
        }
        return [
            ...this.#difference.granted().map((gain) => this.#granted(gain)),
            ...this.#difference.revoked().map((gain) => this.#revoked(gain)),
            ...this.#difference.questioned().map((gain) => this.#questioned(gain)),
        ];
    }

    get #isNew(): boolean {
        return this.#before.length === 0;
    }

    #change(
        kind: string,
        gain: Gain,
        verb: string,
        objects: readonly ObjectRef[],
        weaker?: string,
    ): Change {
        const { caller, operations } = gain;
        const isInside = this.#own.workload.role !== "gateway";
        const who = caller === ANYBODY && isInside ? "anybody, also without an identity," : caller;
        const where = this.#isNew ? `${this.#title}, which is new` : this.#title;
        return {
            topic: "access",
            kind: `access/${kind}`,
            about: this.#title,
            text: `${who} ${verb} ${doing(operations)} at ${where}${this.#consent(gain)}`,
            ...(weaker !== undefined && { weaker }),
            objects: objects.length > 0 ? objects : [this.#own.workload.ref],
            // What has no name is declared nowhere.
            ...(this.#own.workload.service !== "" && { declared: this.#declared(caller) }),
        };
    }

    /** Whom somebody else has to be asked, or had to be. */
    #consent({ isAsked, wasAsked, samples }: Gain): string {
        const asked = samples.flatMap((point) =>
            this.#difference.judges.flatMap((judge) =>
                judge.matching(point).filter(({ action }) => action === "CUSTOM"),
            ),
        );
        const named = listed([...new Set(asked.map(({ provider }) => provider))].sort(), " and ");
        return isAsked ? ` if ${named} agrees` : wasAsked ? ` without asking ${named}` : "";
    }

    #declared(caller: string): DeclaredPlace {
        const workload = this.#own.workload.service;
        const { all, titleOf } = workloadsOf(this.#after);
        const known = all.find((one) => titleOf(one) === caller);
        return {
            workload,
            path: [
                "callers",
                ...(known === undefined
                    ? []
                    : [known.role === "gateway" ? "ingress-gateway" : known.service]),
            ],
        };
    }

    #granted(gain: Gain): Change {
        const [objects, why] = this.#causes(gain);
        return this.#change(
            "granted",
            gain,
            this.#isNew ? "may" : "may now",
            objects,
            this.#isNew ? undefined : why,
        );
    }

    #revoked(gain: Gain): Change {
        const { judges } = this.#difference;
        const objects = gain.samples.flatMap((point) => [
            ...(judges[0]?.matching(point) ?? []).filter(({ action }) => action !== "ALLOW"),
            ...judges
                .slice(1)
                .flatMap((judge) => judge.matching(point))
                .filter((policy) => policy.action === "ALLOW" && !this.#isKept(policy)),
        ]);
        return this.#change("revoked", gain, "may no longer", refsOf(objects));
    }

    #questioned(gain: Gain): Change {
        const objects = gain.samples.flatMap((point) =>
            (this.#difference.judges[0]?.matching(point) ?? []).filter(
                ({ action }) => action === "CUSTOM",
            ),
        );
        return this.#change("questioned", gain, "may now only", refsOf(objects));
    }

    /** Whether a policy of before is there afterwards, and says the same. */
    #isKept(policy: Policy): boolean {
        const own = this.#own.stages.flatMap(({ policies }) => policies);
        return own.some(
            (other) =>
                keyOf(other.ref) === keyOf(policy.ref) &&
                JSON.stringify(other.rules) === JSON.stringify(policy.rules) &&
                other.action === policy.action,
        );
    }

    /** Why something is let in that was not: the objects, and a sentence. */
    #causes(gain: Gain): readonly [objects: readonly ObjectRef[], why: string] {
        const { samples } = gain;
        const { workload } = this.#own;
        if (workload.proxy === "none") {
            return [
                [workload.ref],
                `nothing guards ${this.#title} any more, since its pods have no proxy of the mesh`,
            ];
        }
        const refusing = this.#refusing(samples);
        if (refusing.length > 0) {
            const did = gain.wasAsked ? ", which had it asked for," : ", which refused it,";
            return [refsOf(refusing), this.#fateOf(refusing, did)];
        }
        const allowing = samples
            .flatMap((point) => this.#difference.judges[0]?.matching(point) ?? [])
            .filter(({ action }) => action === "ALLOW");
        if (allowing.length === 0) {
            return this.#unlimited(samples);
        }
        const added = allowing.filter((policy) => !this.#wasThere(policy));
        return [refsOf(added.length > 0 ? added : allowing), this.#refusedBefore(gain)];
    }

    /** The policies of before that turned requests away, and do not afterwards. */
    #refusing(samples: readonly (readonly number[])[]): readonly Policy[] {
        return samples.flatMap((point) =>
            this.#difference.judges
                .slice(1)
                .flatMap((judge) => judge.matching(point))
                .filter((policy) => policy.action !== "ALLOW" && !this.#isKept(policy)),
        );
    }

    #wasThere(policy: Policy): boolean {
        return this.#before
            .flatMap(({ stages }) => stages)
            .flatMap(({ policies }) => policies)
            .some(
                (other) =>
                    keyOf(other.ref) === keyOf(policy.ref) &&
                    JSON.stringify(other.rules) === JSON.stringify(policy.rules),
            );
    }

    /** No policy lets it in, since none limits who may call: what did so before. */
    #unlimited(
        samples: readonly (readonly number[])[],
    ): readonly [objects: readonly ObjectRef[], why: string] {
        const limits = this.#before
            .flatMap(({ stages }) => stages)
            .flatMap(({ policies }) => policies)
            .filter(({ action }) => action === "ALLOW");
        if (limits.length > 0 && !this.#hasLimits) {
            return [
                refsOf(limits),
                `no policy limits who may call ${this.#title} any more: ${this.#fateOf(limits, "")}`,
            ];
        }
        const said = [this.#own, ...this.#before].flatMap(({ modes }) => modes.said);
        const refs = said.flatMap((object) => readable(() => refOf(object)) ?? []);
        const isPast = samples.some((point) => this.#difference.judges[0]?.isUnguarded(point));
        return isPast
            ? [
                  [this.#own.workload.ref],
                  `connections to these ports of ${this.#title} go past its proxy now`,
              ]
            : [uniqueRefs(refs), `${this.#title} took nothing in plaintext before`];
    }

    get #hasLimits(): boolean {
        return this.#own.stages.some(({ policies }) =>
            policies.some(({ action }) => action === "ALLOW"),
        );
    }

    /** What became of policies of before. */
    #fateOf(policies: readonly Policy[], aside: string): string {
        const refs = refsOf(policies);
        const left = new Map(
            meshViewOf(this.#after)
                .stack.of(AUTHORIZATION_POLICY)
                .flatMap(
                    (object) => readable(() => [[keyOf(refOf(object)), object] as const]) ?? [],
                ),
        );
        const objects = refs.flatMap((ref) => left.get(keyOf(ref)) ?? []);
        const isTried = objects.every((object) => readable(() => dryRunOf(object)) !== undefined);
        const [is, holds] = refs.length === 1 ? ["is", "holds"] : ["are", "hold"];
        const fate =
            objects.length === 0
                ? `${is} gone`
                : isTried
                  ? `${is} only tried out now`
                  : `no longer ${holds} for it`;
        const named = refs.map(({ namespace = "", name }) => `${namespace}/${name}`);
        return `AuthorizationPolicy ${listed(named, " and ")}${aside} ${fate}`;
    }

    /** How it was before that something is let in: nobody did it, the caller did nothing, or only others did it. */
    #refusedBefore({ caller, exact: boxes }: Gain): string {
        const { dimensions } = this.#difference;
        const [callers] = dimensions;
        const all = dimensions.map(({ cells }) => cells.map((_, cell) => cell));
        const was = (...changed: readonly (readonly [place: number, cells: readonly number[]])[]) =>
            this.#difference.someBefore(
                all.map(
                    (whole, place) => changed.find(([changed]) => changed === place)?.[1] ?? whole,
                ),
            );
        const methods = new Set(boxes.flatMap((box) => methodsOf(box, dimensions)));
        const place = dimensions.findIndex(({ key }) => key === METHOD);
        const areNew = boxes.every((box) => !was([place, box[place] ?? []]));
        if (methods.size > 0 && areNew) {
            return `${this.#title} took no ${listed([...methods], " or ")} from anybody before`;
        }
        const isMany = /^(anybody|everybody)\b/.test(caller);
        const did = (all[0] ?? []).filter((cell) =>
            boxes.some((box) => this.#difference.someBefore([[cell], ...box.slice(1)])),
        );
        if (callers === undefined || did.length === 0) {
            return `${this.#title} let nobody do that before`;
        }
        if (!isMany && !was([0, boxes.flatMap(([cells = []]) => cells)])) {
            return `${this.#title} refused everything to ${caller} before`;
        }
        const names = callerNames(
            callers,
            did,
            (all[0] ?? []).filter((cell) => !did.includes(cell)),
            false,
        ).map(({ label }) => label);
        return `${this.#title} let only ${listed(names, " and ")} do that before`;
    }
}

function uniqueRefs(refs: readonly ObjectRef[]): readonly ObjectRef[] {
    return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()];
}

function refsOf(policies: readonly Policy[]): readonly ObjectRef[] {
    return uniqueRefs(policies.map(({ ref }) => ref));
}

/** What cannot be read on one side, and is not the same on the other. */
function unclear(before: Subject, after: Subject): readonly Change[] {
    const textOf = (object: KubernetesObject): string => JSON.stringify(object.root.placed.value);
    const [were, are] = [unreadIn(before), unreadIn(after)];
    const known = new Set([...were, ...are].map(textOf));
    const isOnBoth = (text: string): boolean =>
        [were, are].every((side) => side.some((object) => textOf(object) === text));
    return [...known]
        .filter((text) => !isOnBoth(text))
        .flatMap((text) => [...are, ...were].find((object) => textOf(object) === text) ?? [])
        .map((object) => ({
            topic: "access",
            kind: "access/unclear",
            about: object.label,
            text: `${object.label} cannot be compared: not all of it is known`,
            weaker: "who may call whom cannot be told",
            objects: readable(() => [refOf(object)]) ?? [],
        }));
}

function unreadIn(subject: Subject): readonly KubernetesObject[] {
    return [
        ...policiesOf(subject).unread,
        ...issuersOf(subject).unread,
        ...workloadsOf(subject).unread,
    ];
}
