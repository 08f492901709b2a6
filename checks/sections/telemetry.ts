import type { Section } from "../check.ts";
import { accessLogChecks } from "./telemetry/access-log.ts";
import { metricsChecks } from "./telemetry/metrics.ts";
import { samplingChecks } from "./telemetry/sampling.ts";
import { traceCheck } from "./telemetry/trace.ts";

/** What the proxies tell of the requests, and that it arrives. */
export const telemetry: Section = (mesh) => [
    traceCheck(mesh),
    ...samplingChecks(mesh),
    ...metricsChecks(mesh),
    ...accessLogChecks(mesh),
];
