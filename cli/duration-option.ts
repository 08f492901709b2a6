import { InvalidArgumentError } from "commander";
import { isDuration, milliseconds } from "#model/duration.ts";
import type { Duration } from "#model/intents.ts";

/**
 * Reads an option that is a duration.
 *
 * @returns a function that throws InvalidArgumentError for anything else, and for one that is shorter or longer
 */
export function durationBetween(shortest: Duration, longest: Duration): (text: string) => Duration {
    return (text) => {
        const length = isDuration(text) ? milliseconds(text as Duration) : 0;
        if (length < milliseconds(shortest) || length > milliseconds(longest)) {
            throw new InvalidArgumentError(
                `A duration from ${shortest} to ${longest} is allowed, for example 5m.`,
            );
        }
        return text as Duration;
    };
}
