import type { LiveMesh } from "../live-mesh.ts";
import { oncePerRun } from "../live-mesh.ts";
import { askUntil } from "#wait.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { describeObject } from "#live/kubernetes/objects.ts";
import { answerText } from "./acceptance.ts";
import type { Finding, Judged } from "./finding.ts";
import { isAccepted } from "./finding.ts";
import type { Area } from "./inventory.ts";
import { AREAS, readInventory } from "./inventory.ts";
import { judgeGrants } from "./judge-grants.ts";
import { judgeArea } from "./judge-objects.ts";
import { judgePods, judgeWorkloads } from "./judge-pods.ts";
import { sceneOf } from "./scene.ts";
import { temporaryObjects } from "./temporary.ts";

/** A change that is under way is no finding. */
const PATIENCE = { milliseconds: 1000, pause: 1000 };
/** The cluster's garbage collector takes its time for what an experiment or a rehearsal leaves. */
const ENDING_PATIENCE = { milliseconds: 30_000, pause: 2000 };

/** Who may act as a workload, beside what the areas hold. */
export const IDENTITIES = ["pods", "workloads", "grants"] as const;
export type Side = Area | (typeof IDENTITIES)[number];

/** What lives in the mesh and is not its own, side by side; read once a run, and again while something is found. */
export const closedMesh = oncePerRun(async (live) => {
    const { signal } = live;
    const ask = (): ReturnType<typeof judgeNow> => judgeNow(live);
    const judged = await askUntil(ask, (sides) => redOf(sides).length === 0, {
        ...PATIENCE,
        signal,
    });
    const hasEnded = (sides: typeof judged): boolean =>
        !redOf(sides).some(({ ending }) => ending === true);
    return hasEnded(judged) ? judged : askUntil(ask, hasEnded, { ...ENDING_PATIENCE, signal });
});

function redOf(sides: Readonly<Record<Side, Judged>>): readonly Finding[] {
    return Object.values(sides).flatMap(({ findings }) =>
        findings.filter((finding) => !isAccepted(finding)),
    );
}

/** The objects that somebody answers for, each with until when, by whom and why. */
export async function acceptedCauses(live: LiveMesh): Promise<ReadonlyMap<string, string>> {
    const sides = Object.values(await closedMesh(live));
    return new Map(
        sides.flatMap(({ findings }) =>
            findings.flatMap(({ object, acceptance }): [string, string][] =>
                acceptance !== undefined && "accepted" in acceptance
                    ? [[describeObject(object), answerText(acceptance.accepted)]]
                    : [],
            ),
        ),
    );
}

async function judgeNow({
    mesh,
    kubeConfig,
}: Pick<LiveMesh, "mesh" | "kubeConfig">): Promise<Readonly<Record<Side, Judged>>> {
    const [{ objects: program }, inventory] = await Promise.all([
        mesh.objects(),
        readInventory(kubeConfig, mesh),
    ]);
    const own = {
        program,
        charts: inventory.charts.objects as readonly DeclaredObject[],
        temporary: temporaryObjects(inventory.workloads.objects, mesh),
    };
    const scene = sceneOf(mesh, own, inventory);
    const terms = {
        production: mesh.config.environment === "prod",
        today: new Date().toISOString().slice(0, "YYYY-MM-DD".length),
    };
    const areas = AREAS.map((area) => [area, judgeArea(area, scene, terms)]);
    return {
        ...(Object.fromEntries(areas) as Record<Area, Judged>),
        pods: judgePods(scene, terms),
        workloads: judgeWorkloads(scene, terms),
        grants: judgeGrants(scene, terms),
    };
}
