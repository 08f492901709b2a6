import { isInbound } from "#live/access-logs.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import { countBy } from "../statistics.ts";
import type { Delivery, FlagCount } from "./scenario.ts";

/** What one proxy wrote. */
export interface ProxyLog {
    readonly by: FlagCount["by"];
    readonly lines: readonly AccessLogLine[];
}

/** What the logs say about a scenario's own requests. */
export interface LoggedRequests {
    readonly deliveries: readonly Delivery[];
    readonly flags: readonly FlagCount[];
}

interface OwnLine {
    readonly phase: string;
    readonly by: FlagCount["by"];
    readonly line: AccessLogLine;
}

/**
 * Finds a scenario's requests in the proxies' access logs.
 *
 * @param tags what the `x-mesh-probe` values of a phase begin with, by the phase's name
 */
export function loggedRequests(
    logs: readonly ProxyLog[],
    tags: Readonly<Record<string, string>>,
): LoggedRequests {
    const own = logs.flatMap(({ by, lines }) =>
        lines
            .filter((line) => isInbound(line) === (by === "servers"))
            .flatMap((line): OwnLine[] => {
                const phase = Object.keys(tags).find((name) =>
                    String(line.probe).startsWith(`${tags[name]}-`),
                );
                return phase === undefined ? [] : [{ phase, by, line }];
            }),
    );
    const copies = countBy(
        own.filter(({ by }) => by === "servers"),
        ({ phase, line }) => JSON.stringify([phase, line.probe]),
    );
    const flags = countBy(own, ({ phase, by, line }) =>
        JSON.stringify([phase, by, String(line.response_flags)]),
    );
    return {
        deliveries: Object.entries(copies).map(([key, times]) => {
            const [phase = ""] = JSON.parse(key) as string[];
            return { phase, copies: times };
        }),
        flags: Object.entries(flags).map(([key, lines]) => {
            const [phase, by, flag] = JSON.parse(key) as [string, FlagCount["by"], string];
            return { phase, by, flag, lines };
        }),
    };
}
