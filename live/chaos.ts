import type { V1OwnerReference } from "@kubernetes/client-node";
import { z } from "zod";
import type { ChaosIntent } from "#model/chaos.ts";
import { CHAOS_KINDS, CHAOS_LABEL, chaosObjects, NEVER_ASSIGNED } from "#model/chaos.ts";
import type { Catalog } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import type { TimerOptions } from "./kubernetes/timer.ts";
import { rehearsed } from "./rehearsal/objects.ts";
import type { SpecifiedObject } from "./rehearsal/objects.ts";

/** What of an experiment's record the cluster keeps, as annotations of its timer. */
export const CHAOS_NOTES = {
    kind: "mesh-chaos/kind",
    caller: "mesh-chaos/caller",
    what: "mesh-chaos/what",
    fault: "mesh-chaos/fault",
    address: "mesh-chaos/address",
} as const;

/** An experiment, and the address at which nobody answers that it may use. */
export interface Experiment {
    readonly intent: ChaosIntent;
    readonly address: string;
}

/** The timer that ends an experiment, with everything that its objects follow from. */
export function experimentTimer(
    { intent, address }: Experiment,
    { namespace }: MeshContext,
    what: string,
    seconds: number,
): TimerOptions {
    const { service, kind, caller, fault } = intent;
    return {
        namespace,
        name: timerName(service.name),
        labels: { [CHAOS_LABEL]: service.name },
        annotations: {
            [CHAOS_NOTES.kind]: kind,
            [CHAOS_NOTES.caller]: caller,
            [CHAOS_NOTES.what]: what,
            [CHAOS_NOTES.address]: address,
            ...(fault && { [CHAOS_NOTES.fault]: JSON.stringify(fault) }),
        },
        seconds,
    };
}

function timerName(service: string): string {
    return `mesh-chaos-${service}`;
}

/** What an experiment makes, each owned by its timer. */
export function experimentObjects(
    { intent, address }: Experiment,
    context: MeshContext,
    owner: V1OwnerReference,
): readonly SpecifiedObject[] {
    return chaosObjects(intent, context, address).map(
        ({ apiVersion, kind, name, labels, content }) => ({
            apiVersion,
            kind,
            metadata: {
                name,
                namespace: context.namespace,
                labels: { [CHAOS_LABEL]: intent.service.name, ...labels },
                ownerReferences: [owner],
            },
            ...content,
        }),
    );
}

const percent = z.number().min(0).max(100);
const faultSchema = z.object({
    delay: z.object({ fixedDelay: z.string(), percent }).optional(),
    abort: z.object({ httpStatus: z.number(), percent }).optional(),
});
const notes = z.object({
    [CHAOS_NOTES.kind]: z.enum(CHAOS_KINDS),
    [CHAOS_NOTES.caller]: z.string(),
    [CHAOS_NOTES.address]: z.enum(NEVER_ASSIGNED),
    [CHAOS_NOTES.fault]: z
        .string()
        .transform((text, issues) => {
            try {
                return JSON.parse(text) as unknown;
            } catch {
                issues.addIssue("no JSON");
                return z.NEVER;
            }
        })
        .pipe(faultSchema)
        .optional(),
});

/** A Job that may be an experiment's timer. */
interface TimerJob {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
}

/** The experiment that a timer ends; `undefined` for what is none that the command makes. */
export function experimentOf(
    { name, labels, annotations }: TimerJob,
    catalog: Catalog,
): Experiment | undefined {
    const { data } = notes.safeParse(annotations);
    const service = catalog.services
        .flatMap((each) => [each, rehearsed(each)])
        .find((each) => each.name === labels[CHAOS_LABEL]);
    const callers = [INGRESS_GATEWAY, ...catalog.services.map((each) => each.name)];
    if (data === undefined || service === undefined || name !== timerName(service.name)) {
        return undefined;
    }
    const caller = data[CHAOS_NOTES.caller];
    const fault = data[CHAOS_NOTES.fault] as ChaosIntent["fault"];
    return callers.includes(caller)
        ? {
              intent: { kind: data[CHAOS_NOTES.kind], service, caller, ...(fault && { fault }) },
              address: data[CHAOS_NOTES.address],
          }
        : undefined;
}
