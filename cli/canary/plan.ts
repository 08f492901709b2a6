import type { CanaryIntent, HeaderMatch } from "#model/intents.ts";
import type { ReleaseState } from "#stack/stack-file.ts";

/** One deployment of several. */
export interface Stage {
    /** What it brings about, one phrase. */
    readonly title: string;
    readonly state: ReleaseState;
}

/** Percents of the traffic that a canary gets one after the other. */
export const DEFAULT_STEPS: readonly number[] = [5, 25, 50, 100];

/** A state with a canary in it. */
export interface RunningState extends ReleaseState {
    readonly canary: CanaryIntent;
}

/** Whether the canary's image has already been given to the service's own versions. */
export function isBeingPromoted({ canary }: RunningState): boolean {
    return canary.replaces !== undefined;
}

/** Whether the service's own pods have the new image and all the traffic again. */
function hasTakenOver(state: RunningState): boolean {
    const { canary, image } = state;
    return isBeingPromoted(state) && image === canary.image && canary.weight === 0;
}

/** The stages that start a canary. */
export function startStages(
    state: ReleaseState,
    canary: { readonly image: string; readonly weight: number; readonly header?: HeaderMatch },
): readonly Stage[] {
    const { image, weight, header } = canary;
    return [
        {
            title: `canary with ${weight} % of the traffic`,
            state: { ...state, canary: { image, weight, ...(header && { header }) } },
        },
    ];
}

/** The stage that gives a canary more of the traffic. */
export function stepStages(state: RunningState, weight: number): readonly Stage[] {
    return [
        {
            title: `canary ${state.canary.weight} -> ${weight} %`,
            state: { ...state, canary: { ...state.canary, weight } },
        },
    ];
}

/**
 * The stages that make a canary the service's own version: while the canary takes all the traffic the service's pods
 * get the new image, then they take over. No route ever names a subset that is gone: its weight is 0 one deployment
 * earlier. A promotion that was interrupted goes on where it was.
 *
 * @param current image that the service's own versions have now
 */
export function promoteStages(state: RunningState, current: string): readonly Stage[] {
    const { canary } = state;
    const replaces = canary.replaces ?? current;
    const all: CanaryIntent = { ...canary, weight: 100 };
    const renewed = { canary: { ...all, replaces }, image: canary.image };
    const before: readonly Stage[] = [
        { title: "all of the traffic to the canary", state: { ...state, canary: all } },
        { title: `the service itself gets ${canary.image}`, state: renewed },
    ];
    const ready = canary.weight === 100 || isBeingPromoted(state);
    const done = hasTakenOver(state) ? 2 : ready ? 1 : 0;
    return [...before.slice(done), ...removal(renewed)];
}

/**
 * The stages that give a canary up. One that was half promoted first gives the service its image back.
 *
 * @param declared image of the service's declaration, which needs no entry of its own
 */
export function abortStages(state: RunningState, declared: string): readonly Stage[] {
    const { replaces, ...canary } = state.canary;
    if (replaces === undefined) {
        return removal(state);
    }
    const image = replaces === declared ? undefined : replaces;
    return [
        {
            title: `the service itself gets ${replaces} back`,
            state: { canary: { ...canary, replaces }, image },
        },
        ...removal({ canary, image }),
    ];
}

function removal({ canary, image }: RunningState): readonly Stage[] {
    const { image: canaryImage, replaces } = canary;
    const idle = { image: canaryImage, weight: 0, ...(replaces !== undefined && { replaces }) };
    return [
        {
            title: "no traffic to the canary",
            state: { image, canary: idle },
        },
        { title: "the canary's pods and subset are removed", state: { image, canary: undefined } },
    ];
}
