import type { Evidence, FlagCount } from "./scenario.ts";

/**
 * What Envoy's response flags mean where requests are made for a scenario.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 */
const MEANINGS: Readonly<Record<string, string>> = {
    DC: "the caller left before the answer",
    NR: "no route took the request",
    UC: "the connection to the server was closed before the answer, as when an application ends an idle one",
    UF: "no connection to the server came about",
    UH: "no server was healthy",
    UO: "a limit of the pool was reached",
    UR: "the server reset the request",
    URX: "all tries were made",
    UT: "no answer came in time",
};

/** The flags that proxies wrote in a phase, with their meaning: `UC in 9 lines of the servers' proxies: …`. */
export function flagsInWords({ flags }: Evidence, phase: string): readonly string[] {
    return flags.filter((count) => count.phase === phase && count.flag !== "-").map(inWords);
}

/** A line may have several, separated by commas. */
function inWords({ flag, by, lines }: FlagCount): string {
    const whose = by === "caller" ? "the caller's proxy" : "the servers' proxies";
    const meanings = flag.split(",").flatMap((each) => MEANINGS[each] ?? []);
    return `${flag} in ${lines} ${lines === 1 ? "line" : "lines"} of ${whose}${meanings.length === 0 ? "" : `: ${meanings.join("; ")}`}`;
}
