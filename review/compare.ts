import { compareAccess } from "./access/compare.ts";
import { compareIdentities } from "./access/identities.ts";
import { compareTokens } from "./access/tokens.ts";
import { compareBackends } from "./backends.ts";
import { compareBreakers } from "./breakers.ts";
import { compareBudgets } from "./budgets.ts";
import type { Change } from "./change.ts";
import { TOPICS } from "./change.ts";
import { compareCharts } from "./charts.ts";
import { compareControlPlanes } from "./control-plane.ts";
import { compareEgress } from "./egress.ts";
import { compareExposure } from "./exposure.ts";
import { compareObjects } from "./objects.ts";
import { renamed } from "./renames.ts";
import { compareRouting } from "./routing.ts";
import type { ChartRelease, Compare, Subject } from "./subject.ts";
import { compareTelemetry } from "./telemetry.ts";
import { compareTransport } from "./transport.ts";

/** What is compared by what it does, so that a release's objects must be known on both sides or on none. */
const IN_EFFECT: readonly Compare[] = [
    compareAccess,
    compareIdentities,
    compareTokens,
    compareControlPlanes,
    compareExposure,
    compareEgress,
    compareTransport,
    compareTelemetry,
    compareBudgets,
    compareBreakers,
    compareBackends,
    compareRouting,
];

/** Everything in which two subjects differ, by topic, the most important first. */
export function compare(before: Subject, after: Subject): Change[] {
    const { before: then, changes } = renamed(before, after);
    const [known, knownNow] = [alike(then, after), alike(after, then)];
    const found = [
        ...IN_EFFECT.flatMap((compareOne) => compareOne(known, knownNow)),
        ...compareCharts(then, after),
        ...changes,
        ...compareObjects(then, after),
    ];
    return TOPICS.flatMap((topic) => found.filter((change) => change.topic === topic));
}

/** A subject whose releases are rendered where those of the other one are; itself where they are. */
function alike(subject: Subject, other: Subject): Subject {
    const unrendered = new Set(
        other.releases.filter(({ objects }) => objects === undefined).map(keyOf),
    );
    const releases = subject.releases.map((release) => {
        const { objects, ...rest } = release;
        return objects !== undefined && unrendered.has(keyOf(release)) ? rest : release;
    });
    // What was found out of a subject is known by its identity.
    return releases.every((release, index) => release === subject.releases[index])
        ? subject
        : { ...subject, releases };
}

function keyOf({ namespace, name }: ChartRelease): string {
    return `${namespace}/${name}`;
}
