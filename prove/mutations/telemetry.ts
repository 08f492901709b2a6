import { telemetrySpec } from "#model/baseline.ts";
import type { TelemetryIntent } from "#model/baseline.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import { baselineFrom } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { added, refTo, withSpec } from "../changes.ts";
import type { Change, Mutation } from "../mutation.ts";
import { subjectsOf } from "./subjects.ts";

/** That what happens is seen. */
export function telemetryMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { edges } = subjectsOf(mesh);
    const { telemetry } = baselineFrom(mesh.config);
    return [
        ...(telemetry.samplingPercent === undefined
            ? []
            : tracing(telemetry.samplingPercent, mesh)),
        ...edges.flatMap((edge) => [
            {
                name: `the proxies of ${edge.callee} write no access log`,
                weakens: "who asked what is on record",
                breaks: [`telemetry/access-log/${edge.callee}`, `identity/caller/*:${edge.callee}`],
                // How a trick arrived can then not be told.
                mayBreak: [`authorization/tricks/*:${edge.callee}`],
                changes: [
                    added(
                        "Telemetry",
                        {
                            selector: { matchLabels: { app: edge.callee } },
                            accessLogging: [{ disabled: true }],
                        },
                        mesh.context,
                    ),
                ],
            },
        ]),
    ];
}

function tracing(samplingPercent: number, mesh: DeclaredMesh): readonly Mutation[] {
    return [
        {
            name: "no proxy reports spans",
            weakens: "requests can be followed through the mesh",
            breaks: ["telemetry/trace"],
            mayBreak: ["telemetry/sampling/*"],
            changes: [reporting(mesh, { samplingPercent: undefined })],
        },
        {
            name: "half as many requests are traced",
            weakens: "the declared share of requests is traced",
            breaks: ["telemetry/sampling/*"],
            mayBreak: ["telemetry/trace"],
            changes: [reporting(mesh, { samplingPercent: samplingPercent / 2 })],
        },
        {
            name: "spans carry another environment",
            weakens: "a span tells where it comes from",
            breaks: ["telemetry/trace"],
            changes: [reporting(mesh, { environment: "elsewhere" })],
        },
    ];
}

function reporting({ config, context }: DeclaredMesh, weaker: Partial<TelemetryIntent>): Change {
    return withSpec(
        refTo("Telemetry", BASELINE_NAMES.telemetry, context.controlPlaneNamespace),
        telemetrySpec({ ...baselineFrom(config).telemetry, ...weaker }),
    );
}
