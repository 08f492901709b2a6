import type { MeshView } from "../mesh.ts";
import type { Answer, Entry, Target } from "./answer.ts";
import { listed } from "./space.ts";
import { whyAdded, whyGone } from "./telling-headers.ts";
import { shareWritten, targetWritten, timeWritten } from "./words.ts";

/** What has become of some requests. */
export interface Sentence {
    /** The same for the same thing said. */
    readonly key: string;
    /** Kind of change without its topic. */
    readonly kind: string;
    readonly text: string;
    readonly weaker?: string;
    /** Field of a route's declaration. */
    readonly field?: string;
    /** The entry afterwards, or before where there is none. */
    readonly entry: Entry | undefined;
}

type Words = Omit<Sentence, "entry" | "key">;

/** For whom answers are put into words. */
export interface Speaker {
    readonly host: string;
    readonly view: MeshView;
    /** Whether a host was there before, or is one of the cluster; copies of requests may go there. */
    readonly isInside: (host: string) => boolean;
    /** Headers that policies ask about. */
    readonly asked: ReadonlySet<string>;
}

function keyOf({ host, subset = "" }: Target): string {
    return `${host} ${subset}`;
}

/** Where an answer leads to, in short. */
export function leadsTo(answer: Answer | undefined, { host, view }: Speaker): string {
    switch (answer?.kind) {
        case undefined:
            return "is answered 404";
        case "direct":
            return `is answered ${answer.status ?? ""}`;
        case "redirect":
            return `is redirected to ${answer.location ?? ""}`;
        case "forward":
            return `leads to ${listed(answer.targets.map((target) => targetWritten(target, host, view)))}`;
    }
}

function past(text: string): string {
    return text.replace(/^is /, "was ").replace(/^leads to /, "led to ");
}

function targetsSaid(before: Answer, after: Answer, speaker: Speaker): readonly Words[] {
    const { host, view, isInside } = speaker;
    const stayed = before.targets.length > 0 && before.targets.every((one) => isInside(one.host));
    const shares = new Map(before.targets.map((target) => [keyOf(target), target.percent]));
    const more = after.targets.filter(
        (target) => target.percent > (shares.get(keyOf(target)) ?? 0) + 1e-9,
    );
    const kept = after.targets.filter(({ port }) => port !== undefined);
    const ports = kept.flatMap((target) => {
        const old = before.targets.find((one) => keyOf(one) === keyOf(target))?.port;
        return old === undefined || old === target.port
            ? []
            : [`port ${target.port ?? ""} of ${targetWritten(target, host, view)}, was ${old}`];
    });
    const gained = more.map((target) => {
        const share = shares.get(keyOf(target));
        const was = share === undefined ? "none" : shareWritten(share);
        return {
            text: `${shareWritten(target.percent)} to ${targetWritten(target, host, view)}, was ${was}`,
            ...(stayed &&
                !isInside(target.host) && { weaker: "requests that stayed in the mesh leave it" }),
        };
    });
    return [...gained, ...ports.map((text) => ({ text }))].map((said) => ({
        kind: "weights",
        field: "versions",
        ...said,
    }));
}

function timeoutSaid({ timeout: before }: Answer, { timeout: after }: Answer): readonly Words[] {
    if (before === after) {
        return [];
    }
    const was = before === undefined ? "none" : timeWritten(before);
    return [
        {
            kind: "timeout",
            field: "timeout",
            ...(after === undefined
                ? {
                      text: `no timeout, was ${was}`,
                      weaker: "a request that is never answered is waited for without end",
                  }
                : { text: `timeout ${timeWritten(after)}, was ${was}` }),
        },
    ];
}

function retriesSaid(before: Answer, after: Answer): readonly Words[] {
    const [old, now] = [before.retries, after.retries];
    const added = now.conditions.filter((condition) => !old.conditions.includes(condition));
    const gone = old.conditions.filter((condition) => !now.conditions.includes(condition));
    const isOff = now.attempts === 0 || old.attempts === 0;
    const perTry = (length: number | undefined): string =>
        length === undefined ? "with the whole request" : `after ${timeWritten(length)}`;
    return [
        ...(now.attempts === old.attempts ? [] : [`retries ${now.attempts}, was ${old.attempts}`]),
        ...(isOff || added.length === 0 ? [] : [`tried again on ${listed(added)} as well`]),
        ...(isOff || gone.length === 0 ? [] : [`no longer tried again on ${listed(gone)}`]),
        ...(now.perTryTimeout === old.perTryTimeout
            ? []
            : [`each try ends ${perTry(now.perTryTimeout)}, was ${perTry(old.perTryTimeout)}`]),
    ].map((text) => ({ kind: "retries", text, field: "retries" }));
}

function repeatsSaid(before: Entry, after: Entry): readonly Words[] {
    const methods = after.repeats.filter((method) => !before.repeats.includes(method));
    const { unsafe } = after.answer.retries;
    return methods.length === 0
        ? []
        : [
              {
                  kind: "repeats",
                  field: "retries",
                  text: `${listed(methods)} sent again on ${listed(unsafe)} without an idempotency key`,
                  weaker: `a ${methods.join(" or ")} that was carried out may be carried out twice`,
              },
          ];
}

function faultsSaid(before: Answer, after: Answer): readonly Words[] {
    const shares = new Map(before.faults.map(({ what, percent }) => [what, percent]));
    const now = new Set(after.faults.map(({ what }) => what));
    const injected = after.faults.flatMap(({ what, percent }): readonly Words[] => {
        const share = shares.get(what) ?? 0;
        const text = `${what} is injected into ${shareWritten(percent)}, was ${share === 0 ? "none" : shareWritten(share)}`;
        return share === percent
            ? []
            : [
                  {
                      kind: "fault",
                      text,
                      ...(percent > share && { weaker: "requests fail or wait on purpose" }),
                  },
              ];
    });
    const ended = before.faults
        .filter(({ what }) => !now.has(what))
        .map(({ what }) => ({ kind: "fault", text: `${what} is no longer injected` }));
    return [...injected, ...ended];
}

function mirrorsSaid(before: Answer, after: Answer, speaker: Speaker): readonly Words[] {
    const { host, view, isInside } = speaker;
    const shares = new Map(before.mirrors.map((target) => [keyOf(target), target.percent]));
    const now = new Set(after.mirrors.map(keyOf));
    const started = after.mirrors.flatMap((target): readonly Words[] => {
        const share = shares.get(keyOf(target));
        const was = share === undefined ? "" : `, was ${shareWritten(share)}`;
        const isNew = share === undefined && !isInside(target.host);
        return share === target.percent
            ? []
            : [
                  {
                      kind: "mirror",
                      text: `${shareWritten(target.percent)} mirrored to ${targetWritten(target, host, view)}${was}`,
                      ...(isNew && { weaker: "copies of the requests leave the mesh" }),
                  },
              ];
    });
    const ended = before.mirrors
        .filter((target) => !now.has(keyOf(target)))
        .map((target) => ({
            kind: "mirror",
            text: `no longer mirrored to ${targetWritten(target, host, view)}`,
        }));
    return [...started, ...ended];
}

function headersSaid(before: Answer, after: Answer, { asked }: Speaker): readonly Words[] {
    const added = after.headers.filter((one) => !before.headers.includes(one));
    const gone = before.headers.filter((one) => !after.headers.includes(one));
    const words = (text: string, weaker: string | undefined): Words => ({
        kind: "headers",
        text,
        ...(weaker !== undefined && { weaker }),
    });
    return [
        ...added.map((one) => words(one, whyAdded(one, asked))),
        ...gone.map((one) => words(`no longer ${one}`, whyGone(one, after.headers, asked))),
    ];
}

/** Origins that stand for everybody's. */
const ANY_ORIGIN = /^(exact |regex )?\.?\*$|^regex \.\+$|^prefix (https?(:(\/\/)?)?)?$/;

function crossOriginSaid(before: Answer, after: Answer): readonly Words[] {
    if (before.crossOrigin === after.crossOrigin) {
        return [];
    }
    const added = after.origins.filter((origin) => !before.origins.includes(origin));
    const gone = before.origins.filter((origin) => !after.origins.includes(origin));
    const isWide = added.some((origin) => ANY_ORIGIN.test(origin));
    const text = [
        ...added.map((origin) => `pages of ${origin} may call it`),
        ...gone.map((origin) => `pages of ${origin} may no longer call it`),
    ];
    return [
        {
            kind: "cross-origin",
            text: text.length === 0 ? "other rules for pages of other origins" : listed(text),
            ...(isWide && { weaker: "everybody's pages may read its answers" }),
        },
    ];
}

function rewriteSaid({ rewrite: before }: Answer, { rewrite: after }: Answer): readonly Words[] {
    return before === after
        ? []
        : [
              {
                  kind: "rewrite",
                  text:
                      after === undefined
                          ? `no longer rewritten to ${before ?? ""}`
                          : `rewritten to ${after}${before === undefined ? "" : `, was ${before}`}`,
              },
          ];
}

/** How two answers to the same requests differ, beyond where they lead to. */
function forwardSaid(before: Entry, after: Entry, speaker: Speaker): readonly Words[] {
    const [old, now] = [before.answer, after.answer];
    return [
        ...targetsSaid(old, now, speaker),
        ...timeoutSaid(old, now),
        ...retriesSaid(old, now),
        ...repeatsSaid(before, after),
        ...faultsSaid(old, now),
        ...mirrorsSaid(old, now, speaker),
        ...rewriteSaid(old, now),
        ...headersSaid(old, now, speaker),
        ...crossOriginSaid(old, now),
    ];
}

function answerSaid(
    before: Entry | undefined,
    after: Entry | undefined,
    speaker: Speaker,
): readonly Words[] {
    const [old, now] = [before, after].map((entry) => leadsTo(entry?.answer, speaker));
    return old === now || old === undefined || now === undefined
        ? []
        : [{ kind: "answer", text: `${now} now, ${past(old)} before` }];
}

/** What has become of requests that met one entry before and another one now. */
export function sentencesFor(
    before: Entry | undefined,
    after: Entry | undefined,
    speaker: Speaker,
): readonly Sentence[] {
    const areSent = before?.answer.kind === "forward" && after?.answer.kind === "forward";
    const words = areSent
        ? forwardSaid(before, after, speaker)
        : [
              ...answerSaid(before, after, speaker),
              ...(after === undefined ? [] : faultsOfNew(after.answer, before)),
          ];
    return words.map((one) => ({
        ...one,
        key: `${one.kind} ${one.text}`,
        entry: after ?? before,
    }));
}

/** Faults of a route that is new, or led nowhere. */
function faultsOfNew(after: Answer, before: Entry | undefined): readonly Words[] {
    return faultsSaid(before?.answer ?? { ...after, faults: [] }, after);
}
