import { graphOf } from "./access/graph.ts";
import { breakerChanges } from "./breakers/compare.ts";
import { breakersOf } from "./breakers/find.ts";
import { meshViewOf } from "./mesh.ts";
import type { Compare } from "./subject.ts";

/** What is let through to each host, by each caller, by all of them together, and by the host's own proxies. */
export const compareBreakers: Compare = (before, after) =>
    breakerChanges(
        breakersOf(before, graphOf(before)),
        breakersOf(after, graphOf(after)),
        meshViewOf(after),
    );
