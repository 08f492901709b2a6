import type { Change } from "../change.ts";
import { readable, refOf } from "../mesh.ts";
import type { Compare } from "../subject.ts";
import { counterpartsOf, workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { issuersOf } from "./issuers.ts";
import type { Issuer } from "./issuers.ts";
import { listed } from "./words.ts";

/** Whose tokens of end users are accepted, and how they are checked. Whether one is needed is a matter of access. */
export const compareTokens: Compare = (before, after) => {
    const changes = workloadsOf(after)
        .all.filter(({ role, proxy }) => role !== "waypoint" && proxy !== "none")
        .flatMap((workload) => {
            const others = counterpartsOf(before, workload);
            const was = others.flatMap((one) => issuersOf(before).issuersOf(one));
            return others.length === 0
                ? []
                : new Tokens(
                      workload,
                      workloadsOf(after).titleOf(workload),
                      was,
                      issuersOf(after).issuersOf(workload),
                  ).changes();
        });
    return [...new Map(changes.map((change) => [change.text, change])).values()];
};

/** What is different about one respect of an issuer. */
interface Difference {
    readonly kind: string;
    readonly text: string;
    readonly weaker?: string;
}

/** The tokens that a workload accepts. */
class Tokens {
    readonly #workload: Workload;
    readonly #title: string;
    readonly #was: readonly Issuer[];
    readonly #is: readonly Issuer[];

    constructor(workload: Workload, title: string, was: readonly Issuer[], is: readonly Issuer[]) {
        this.#workload = workload;
        this.#title = title;
        this.#was = was;
        this.#is = is;
    }

    changes(): readonly Change[] {
        const names = [...new Set([...this.#was, ...this.#is].map(({ issuer }) => issuer))].sort();
        return names.flatMap((name) => {
            const [was, is] = [this.#was, this.#is].map((all) =>
                all.filter(({ issuer }) => issuer === name),
            );
            return this.#differences(name, was ?? [], is ?? []).map(
                ({ kind, text, weaker }): Change => ({
                    topic: "access",
                    kind: `access/${kind}`,
                    about: this.#title,
                    text: `${this.#title} ${text}`,
                    ...(weaker !== undefined && { weaker }),
                    objects: objectsOf(is?.length === 0 ? (was ?? []) : (is ?? [])),
                    declared: { workload: this.#workload.service, path: [] },
                }),
            );
        });
    }

    #differences(
        name: string,
        was: readonly Issuer[],
        is: readonly Issuer[],
    ): readonly Difference[] {
        if (was.length === 0) {
            return [this.#accepted(name)];
        }
        if (is.length === 0) {
            return [this.#dropped(name)];
        }
        return [
            ...keysBetween(name, was, is),
            ...audiencesBetween(name, was, is),
            ...placesBetween(name, was, is),
            ...outputsBetween(name, was, is),
        ];
    }

    /** Where nobody's tokens were checked, it is a check more; else there is one more whose tokens are good. */
    #accepted(name: string): Difference {
        return this.#was.length === 0
            ? { kind: "tokens-checked", text: `checks tokens of ${name} now` }
            : {
                  kind: "tokens-accepted",
                  text: `accepts tokens of ${name} now`,
                  weaker: "it refused them before",
              };
    }

    #dropped(name: string): Difference {
        return this.#is.length === 0
            ? {
                  kind: "tokens-unchecked",
                  text: `no longer checks tokens of ${name}`,
                  weaker: "a request with a forged or expired token is no longer refused for it",
              }
            : { kind: "tokens-refused", text: `accepts no tokens of ${name} any more` };
    }
}

function objectsOf(issuers: readonly Issuer[]): Change["objects"] {
    const refs = issuers.flatMap(({ object }) => readable(() => refOf(object)) ?? []);
    return [...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()];
}

/** What one has that the other has not. */
function added(
    was: readonly Issuer[],
    is: readonly Issuer[],
    of: (issuer: Issuer) => readonly string[],
): readonly string[] {
    const known = new Set(was.flatMap(of));
    return [...new Set(is.flatMap(of))].filter((one) => !known.has(one));
}

function keysBetween(name: string, was: readonly Issuer[], is: readonly Issuer[]): Difference[] {
    const keys = added(was, is, (one) => [one.keys]);
    const from = keys.map((key) =>
        key === "" ? "its own address" : key.startsWith("http") ? key : "the policy itself",
    );
    return keys.length === 0
        ? []
        : [
              {
                  kind: "tokens-keys",
                  text: `takes the keys of ${name} from ${listed(from, " and ")} now`,
                  weaker: "whoever holds these keys can name any user of it",
              },
          ];
}

function audiencesBetween(
    name: string,
    was: readonly Issuer[],
    is: readonly Issuer[],
): Difference[] {
    const isAny = (all: readonly Issuer[]): boolean =>
        all.some(({ audiences }) => audiences.length === 0);
    if (isAny(was)) {
        return isAny(is)
            ? []
            : [
                  {
                      kind: "tokens-audience",
                      text: `accepts tokens of ${name} for ${listed(is.flatMap(({ audiences }) => audiences))} alone now`,
                  },
              ];
    }
    if (isAny(is)) {
        return [
            {
                kind: "tokens-audience",
                text: `accepts tokens of ${name} for whatever audience now`,
                weaker: "a token that was given for another application is good here, too",
            },
        ];
    }
    const [more, fewer] = [
        added(was, is, ({ audiences }) => audiences),
        added(is, was, ({ audiences }) => audiences),
    ];
    return [
        ...(more.length === 0
            ? []
            : [
                  {
                      kind: "tokens-audience",
                      text: `accepts tokens of ${name} for ${listed(more)} as well now`,
                      weaker: "it refused tokens of that audience before",
                  },
              ]),
        ...(fewer.length === 0
            ? []
            : [
                  {
                      kind: "tokens-audience",
                      text: `accepts no tokens of ${name} for ${listed(fewer)} any more`,
                  },
              ]),
    ];
}

function placesBetween(name: string, was: readonly Issuer[], is: readonly Issuer[]): Difference[] {
    const of = ({ places }: Issuer): readonly string[] =>
        places.length === 0 ? ["the header Authorization"] : places;
    const [more, fewer] = [added(was, is, of), added(is, was, of)];
    return [
        ...(more.length === 0
            ? []
            : [
                  {
                      kind: "tokens-place",
                      text: `takes tokens of ${name} from ${listed(more)} as well now`,
                  },
              ]),
        ...(fewer.length === 0
            ? []
            : [
                  {
                      kind: "tokens-place",
                      text: `takes tokens of ${name} from ${listed(fewer)} no longer`,
                  },
              ]),
    ];
}

function outputsBetween(name: string, was: readonly Issuer[], is: readonly Issuer[]): Difference[] {
    const of = ({ outputs }: Issuer): readonly string[] => outputs;
    const [more, fewer] = [added(was, is, of), added(is, was, of)];
    return [
        ...more.map((what) => ({
            kind: "tokens-output",
            text: `hands on ${what} of tokens of ${name} now`,
        })),
        ...fewer.map((what) => ({
            kind: "tokens-output",
            text: `no longer hands on ${what} of tokens of ${name}`,
        })),
    ];
}
