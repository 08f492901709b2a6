import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { EnvironmentError, printable } from "#errors.ts";
import { ENVIRONMENT_TAG, STACK_ANNOTATIONS } from "#model/baseline.ts";
import { API_VERSIONS, groupAndVersion } from "#model/istio-kinds.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import type { MeshConfig } from "#stack/config.ts";
import { ClusterObjects, describeObject, RefusedError } from "./kubernetes/objects.ts";
import type { LiveObject } from "./kubernetes/objects.ts";

/** What one object of a cluster says of the stack that it belongs to. */
export interface StackClaim {
    /** The object, in a phrase. */
    readonly by: string;
    /** `undefined` where it does not say. */
    readonly stack: string | undefined;
    /** Every environment that it names; several, or one that is `undefined`, where somebody changed it. */
    readonly environments: readonly (string | undefined)[];
}

/** What a cluster says of itself. */
export interface StackRecord {
    readonly claims: readonly StackClaim[];
    /** Why more may be there than was seen; `undefined` where everything was. */
    readonly unseen?: string | undefined;
}

/** The stack that a command was told of, with what its file says. */
export interface WantedStack {
    readonly stack: string;
    readonly config: Pick<MeshConfig, "environment" | "namespace" | "controlPlaneNamespace">;
}

/** A look at whose cluster it is, to be taken again just before each change. */
export type TargetLook = () => Promise<void>;

/**
 * Looks for commands that change something: the cluster must say of itself that it holds the stack.
 *
 * @param onProduction as of {@link assertHolds}
 */
export function holdsStack(
    kubeConfig: KubeConfig,
    wanted: WantedStack,
    onProduction?: string,
): TargetLook {
    return async () => {
        assertHolds(await stackRecord(kubeConfig, wanted.config), wanted, onProduction);
    };
}

/** Looks for deployments of the stack, which make a new cluster and an altered one what they should be. */
export function holdsNoOther(kubeConfig: KubeConfig, wanted: WantedStack): TargetLook {
    return async () => {
        assertNoOther(await stackRecord(kubeConfig, wanted.config), wanted);
    };
}

const tracing = z.object({
    spec: z.object({
        tracing: z.array(z.object({ customTags: z.record(z.string(), z.unknown()).optional() })),
    }),
});
const literal = z.object({ literal: z.object({ value: z.string() }) });

/** What every Telemetry of a cluster says of the stack. */
async function stackRecord(
    kubeConfig: KubeConfig,
    { namespace, controlPlaneNamespace }: WantedStack["config"],
): Promise<StackRecord> {
    const kind = "Telemetry";
    const served = { ...groupAndVersion(API_VERSIONS[kind]), kind, plural: "telemetries" };
    try {
        const all = await new ClusterObjects(kubeConfig).listAll(served);
        const own = [namespace, controlPlaneNamespace];
        return { claims: all.flatMap((object) => claimOf(object, own)) };
    } catch (error) {
        if (error instanceof RefusedError) {
            return { claims: [], unseen: error.message };
        }
        throw error;
    }
}

/** @param own namespaces in which nobody else's Telemetry is expected */
function claimOf(object: LiveObject, own: readonly string[]): readonly StackClaim[] {
    const { name, namespace = "", annotations } = object.metadata;
    const noted = (annotations ?? {}) as Readonly<Record<string, string>>;
    const stack = noted[STACK_ANNOTATIONS.stack];
    const environment = noted[STACK_ANNOTATIONS.environment];
    const tags = tagsOf(object);
    const isOurs =
        stack !== undefined || environment !== undefined || name === BASELINE_NAMES.telemetry;
    if (!isOurs && (tags.length === 0 || !own.includes(namespace))) {
        return [];
    }
    return [
        {
            by: printable(describeObject(object)),
            stack,
            environments: [
                ...new Set([...(environment === undefined ? [] : [environment]), ...tags]),
            ],
        },
    ];
}

/** What its tags of spans say; one that is taken from a request or the proxy says nothing. */
function tagsOf(object: LiveObject): readonly (string | undefined)[] {
    const { data } = tracing.safeParse(object);
    return (data?.spec.tracing ?? []).flatMap(({ customTags = {} }) =>
        Object.entries(customTags)
            .filter(([tag]) => tag === ENVIRONMENT_TAG)
            .map(([, value]) => literal.safeParse(value).data?.literal.value),
    );
}

/**
 * Refuses a cluster that does not say of itself, by everything that says anything, that it holds the stack.
 *
 * @param onProduction what is said of production where nothing may be done there. Default: as anywhere else
 * @throws EnvironmentError with what it says instead
 */
export function assertHolds(record: StackRecord, wanted: WantedStack, onProduction?: string): void {
    const production = record.claims.find(({ environments }) => environments.includes("prod"));
    if (onProduction !== undefined && production !== undefined) {
        throw new EnvironmentError(
            `This cluster is prod, says its ${production.by}: ${onProduction}.`,
        );
    }
    assertNoOther(record, wanted);
    const unclear = uncertaintyOf(record, wanted);
    if (unclear !== undefined) {
        throw new EnvironmentError(
            `This cluster does not say that it holds stack "${wanted.stack}": ${unclear}; deploy the stack, which says so, or name another context.`,
        );
    }
}

/**
 * Refuses a cluster that says of itself that it holds another stack. One that says nothing may be a new one, and what
 * somebody changed in the stack's own objects is for a deployment to mend.
 *
 * @throws EnvironmentError with what it says
 */
export function assertNoOther({ claims }: StackRecord, { stack, config }: WantedStack): void {
    const { environment } = config;
    const other = claims.find(
        (claim) =>
            (claim.stack ?? stack) !== stack ||
            (claim.stack === undefined &&
                !claim.environments.every((each) => each === environment)),
    );
    if (other !== undefined) {
        throw new EnvironmentError(
            `This cluster holds ${describeClaim(other)}, says its ${other.by}, and not stack "${stack}" of environment ${environment}; name another context or stack.`,
        );
    }
}

function describeClaim({ stack, environments }: StackClaim): string {
    const named = environments.map((each) =>
        each === undefined ? "unknown" : printable(each, 40),
    );
    const which = stack === undefined ? "an unnamed stack" : `stack "${printable(stack)}"`;
    return `${which} of environment ${named.join(" and ") || "unknown"}`;
}

/** Why a cluster that names no other stack is still not known to hold this one. */
function uncertaintyOf(
    { claims, unseen }: StackRecord,
    { config: { environment } }: WantedStack,
): string | undefined {
    if (unseen !== undefined) {
        return `its Telemetries may not be read (${printable(unseen)})`;
    }
    if (claims.length === 0) {
        return "no Telemetry of it says anything";
    }
    const claim = claims.find(
        ({ stack, environments }) =>
            stack === undefined || environments.length !== 1 || environments[0] !== environment,
    );
    return claim && `its ${claim.by} says ${describeClaim(claim)}`;
}
