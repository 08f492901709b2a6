import type { LiveObject } from "#live/kubernetes/objects.ts";
import { refOf } from "#live/kubernetes/objects.ts";
import { ISTIOD } from "#model/platform-names.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { AcceptanceTerms } from "./acceptance.ts";
import { acceptanceOf } from "./acceptance.ts";
import type { Finding, Judged } from "./finding.ts";
import { writtenBy } from "./finding.ts";
import type { Area } from "./inventory.ts";
import { areaOf } from "./inventory.ts";
import { declaredAs, differences, groupOf, isSame } from "./own-objects.ts";
import type { Scene } from "./scene.ts";
import { doneByStranger } from "./strangers.ts";
import { isEnding } from "./temporary.ts";

/** What carries it comes and goes with a release. */
const HOOK = "helm.sh/hook";
/** Places of an object that are named; of more only how many. */
const SHOWN = 3;

/** What of an area lives in the mesh and is not the stack's own, or not as it was declared. */
export function judgeArea(area: Area, scene: Scene, terms: AcceptanceTerms): Judged {
    const { objects, unread } = scene.inventory.areas[area];
    const judged = objects
        .filter((object) => isJudged(object, scene))
        .map((live) => ({ live, declared: declaredAs(live, scene.own) }));
    const findings = judged.flatMap(({ live, declared }) => {
        const text =
            declared === undefined ? strangerText(live, scene) : changedText(live, declared);
        return text === undefined
            ? []
            : [
                  {
                      object: refOf(live),
                      text,
                      acceptance: acceptanceOf(live, terms),
                      ending: isEnding(live, scene.inventory.workloads.objects),
                  },
              ];
    });
    const own = judged.filter(({ declared }) => declared !== undefined).length;
    return {
        findings: [...findings, ...(unread.length > 0 ? [] : missing(area, scene))],
        // A chart's object cannot be told from a stranger's without Helm's record.
        unread: [...unread, ...(objects.length === own ? [] : scene.inventory.charts.unread)],
        seen: `${own} ${own === 1 ? "object" : "objects"}, as declared`,
    };
}

/** What Kubernetes or istiod keeps in a namespace is no business of anybody here. */
function isJudged(object: LiveObject, { mesh: { context }, own }: Scene): boolean {
    switch (object.kind) {
        case "Namespace":
            return [context.namespace, context.controlPlaneNamespace].includes(
                object.metadata.name,
            );
        case "ConfigMap":
            return tellsIstiod(declaredAs(object, own));
        default:
            return true;
    }
}

/** Whether an object is of istiod's own chart. */
function tellsIstiod(declared: DeclaredObject | undefined): boolean {
    return declared?.metadata.labels?.["release"] === ISTIOD;
}

function strangerText(live: LiveObject, scene: Scene): string | undefined {
    const deed = doneByStranger(live, scene);
    return deed === undefined ? undefined : `${deed}; nobody declared it${writtenBy(live)}`;
}

function changedText(live: LiveObject, declared: DeclaredObject): string | undefined {
    const places = differences(declared, live);
    if (places.length === 0) {
        return undefined;
    }
    const more = places.length > SHOWN ? ` and ${places.length - SHOWN} more` : "";
    return `is not as it was declared: ${places.slice(0, SHOWN).join(", ")}${more}`;
}

/** Objects of the program and the charts that are gone; what a timer's record calls for may not be made yet. */
function missing(area: Area, { own, inventory, mesh: { context } }: Scene): Finding[] {
    const live = inventory.areas[area].objects;
    const near = [context.namespace, context.controlPlaneNamespace];
    return [...own.program, ...own.charts]
        .filter(
            ({ kind, apiVersion, metadata: { namespace, annotations } }) =>
                areaOf(groupOf(apiVersion), kind) === area &&
                annotations?.[HOOK] === undefined &&
                (namespace === undefined || near.includes(namespace)),
        )
        .filter((declared) => declared.kind !== "ConfigMap" || tellsIstiod(declared))
        .filter((declared) => !live.some((object) => isSame(declared, object)))
        .map((declared) => ({
            object: refOf(declared),
            text: "is declared and not there",
            acceptance: undefined,
        }));
}
