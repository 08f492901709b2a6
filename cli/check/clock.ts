import type { Timing } from "#review/report.ts";

/** Where the time of a run goes. Steps may go on at the same time, so that their sum may exceed the whole. */
export class Clock {
    readonly #begun = performance.now();
    readonly #timings: Timing[] = [];

    /** Notes how long work takes, also where it fails. */
    async of<T>(step: string, work: () => T | Promise<T>): Promise<T> {
        const begun = performance.now();
        try {
            return await work();
        } finally {
            this.#timings.push({ step, milliseconds: Math.round(performance.now() - begun) });
        }
    }

    /** Every step in the order of their ends, then the whole. */
    get timings(): readonly Timing[] {
        const milliseconds = Math.round(performance.now() - this.#begun);
        return [...this.#timings, { step: "whole", milliseconds }];
    }
}
