import { grouped } from "#model/groups.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { TELEMETRY } from "#policy/kinds.ts";
import type { Change, ObjectRef } from "./change.ts";
import { meshViewOf, readable, refOf } from "./mesh.ts";
import type { MeshView } from "./mesh.ts";
import { listed } from "./routes/space.ts";
import type { Compare, Subject } from "./subject.ts";
import { counterpartsOf, isOfMesh, workloadsOf } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** What is recorded of a workload's calls. */
interface Records {
    readonly logs: "all" | "none" | "some";
    readonly traces: boolean;
    /** Metrics that are switched off. */
    readonly unmeasured: readonly string[];
}

/** What is no longer recorded of the calls that workloads make and take, and what is again. */
export const compareTelemetry: Compare = (before, after) => {
    const { all, titleOf } = workloadsOf(after);
    const workloads = all.filter(isOfMesh);
    const said = workloads.flatMap((workload) => {
        const [other] = counterpartsOf(before, workload);
        const [was, is] = [other && recordsOf(other, before), recordsOf(workload, after)];
        return was === undefined || is === undefined
            ? []
            : sentences(was, is).map((sentence) => ({ ...sentence, title: titleOf(workload) }));
    });
    const objects = changedTelemetries(before, after);
    return Array.from(grouped(said, ({ text }) => [text]).values(), (own): Change => {
        const [{ text, weaker }] = own as [(typeof own)[number]];
        const titles = [...new Set(own.map(({ title }) => title))].sort();
        const isAll = own.length === workloads.length && titles.length > 1;
        return {
            topic: "policy",
            kind: "policy/records",
            about: isAll ? "the mesh" : listed(titles),
            text: `${text}, for ${isAll ? "every workload" : listed(titles)}`,
            ...(weaker !== undefined && { weaker }),
            objects,
        };
    });
};

interface Sentence {
    readonly text: string;
    readonly weaker?: string;
}

const RANK: Readonly<Record<Records["logs"], number>> = { none: 0, some: 1, all: 2 };
const LOGS: Readonly<Record<Records["logs"], string>> = {
    none: "no access log is written any more",
    some: "only what a filter takes is written to the access log now",
    all: "every request is written to the access log now",
};
const UNLOGGED: Readonly<Record<Records["logs"], string>> = {
    none: "nobody can tell afterwards who called, and what was answered",
    some: "what it leaves out is recorded nowhere",
    all: "",
};

function sentences(was: Records, is: Records): readonly Sentence[] {
    const come = is.unmeasured.filter((metric) => !was.unmeasured.includes(metric));
    return [
        ...(was.logs === is.logs
            ? []
            : [
                  {
                      text: LOGS[is.logs],
                      ...(RANK[is.logs] < RANK[was.logs] && { weaker: UNLOGGED[is.logs] }),
                  },
              ]),
        ...(was.traces === is.traces
            ? []
            : is.traces
              ? [{ text: "traces are reported now" }]
              : [
                    {
                        text: "no traces are reported any more",
                        weaker: "nobody can follow a request through the mesh",
                    },
                ]),
        ...(come.length === 0
            ? []
            : [
                  {
                      text: `metrics (${listed(come)}) are switched off`,
                      weaker: "no dashboard and no alarm sees what they told",
                  },
              ]),
    ];
}

/** The Telemetries that hold for a workload, the nearest first. @throws UnknownValue */
function holdingFor({ namespace, labels }: Workload, view: MeshView): readonly KubernetesObject[] {
    const { stack, settings } = view;
    const selectorOf = ({ root }: KubernetesObject): Field => root.at("spec", "selector");
    const isWide = (telemetry: KubernetesObject): boolean =>
        !selectorOf(telemetry).exists && !telemetry.root.at("spec", "targetRefs").exists;
    const isOwn = (telemetry: KubernetesObject): boolean =>
        selectorOf(telemetry).exists &&
        textsOf(selectorOf(telemetry).at("matchLabels")).every(
            ([key, value]) => labels.get(key) === value,
        );
    const there = stack.in(namespace, TELEMETRY);
    return [
        ...there.filter(isOwn),
        ...there.filter(isWide),
        ...stack.in(settings.rootNamespace, TELEMETRY).filter(isWide),
    ];
}

/** What is recorded of a workload; `undefined` where nobody can tell. */
function recordsOf(workload: Workload, subject: Subject): Records | undefined {
    const view = meshViewOf(subject);
    return readable(() => {
        const telemetries = holdingFor(workload, view);
        const nearest = (part: string): readonly Field[] =>
            telemetries.map(({ root }) => root.at("spec", part).items()).find(isSome) ?? [];
        return {
            logs: logsBy(nearest("accessLogging"), view),
            traces: tracesBy(telemetries, view),
            unmeasured: nearest("metrics")
                .flatMap((metrics) => metrics.at("overrides").items())
                .filter((override) => override.at("disabled").flag() === true)
                .map((override) => {
                    const metric = override.at("match", "metric").text();
                    return metric ?? override.at("match", "customMetric").text() ?? "ALL_METRICS";
                })
                .sort(),
        };
    });
}

function isSome(list: readonly unknown[]): boolean {
    return list.length > 0;
}

/** @throws UnknownValue */
function logsBy(logging: readonly Field[], { plane }: MeshView): Records["logs"] {
    if (logging.length === 0) {
        const file = plane?.meshConfig("accessLogFile")?.text() ?? "";
        const providers = plane?.meshConfig("defaultProviders", "accessLogging")?.items() ?? [];
        return file !== "" || providers.length > 0 ? "all" : "none";
    }
    const written = logging.filter((one) => one.at("disabled").flag() !== true);
    return written.length === 0
        ? "none"
        : written.some((one) => !one.at("filter", "expression").exists) &&
            written.length === logging.length
          ? "all"
          : "some";
}

/** @throws UnknownValue */
function tracesBy(telemetries: readonly KubernetesObject[], { plane }: MeshView): boolean {
    const tracing = telemetries.flatMap(({ root }) => root.at("spec", "tracing").items());
    const nearest = (...steps: readonly string[]): Field | undefined =>
        tracing.map((one) => one.at(...steps)).find(({ exists }) => exists);
    const hasProvider =
        nearest("providers") !== undefined ||
        isSome(plane?.meshConfig("defaultProviders", "tracing")?.items() ?? []) ||
        plane?.meshConfig("defaultConfig", "tracing")?.exists === true;
    return (
        hasProvider &&
        nearest("disableSpanReporting")?.flag() !== true &&
        nearest("randomSamplingPercentage")?.number() !== 0
    );
}

/** The Telemetries that are not as they were: afterwards, and those that are gone. */
function changedTelemetries(before: Subject, after: Subject): readonly ObjectRef[] {
    const textOf = ({ root, label }: KubernetesObject): string =>
        JSON.stringify([label, root.at("spec").placed.value]);
    const [old, now] = [before, after].map((subject) => meshViewOf(subject).stack.of(TELEMETRY));
    const differing = (own: readonly KubernetesObject[], other: readonly KubernetesObject[]) => {
        const known = new Set(other.map(textOf));
        return own.filter((object) => !known.has(textOf(object)));
    };
    const refs = [...differing(now ?? [], old ?? []), ...differing(old ?? [], now ?? [])].flatMap(
        (object) => readable(() => refOf(object)) ?? [],
    );
    return [...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()];
}
