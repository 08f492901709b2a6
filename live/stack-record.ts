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
interface StackClaim {
    /** The object, in a phrase. */
    readonly by: string;
    /** Whether it is where the stack's own objects are. */
    readonly own: boolean;
    /** `undefined` where it does not say. */
    readonly stack: string | undefined;
    /** Every environment that it names; several, or one that is `undefined`, where somebody changed it. */
    readonly environments: readonly (string | undefined)[];
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
 * @param onProduction what is said of production where nothing may be done there. Default: as anywhere else
 */
export function holdsStack(
    kubeConfig: KubeConfig,
    wanted: WantedStack,
    onProduction?: string,
): TargetLook {
    return async () => {
        assertHolds(await claimsOf(kubeConfig, wanted), wanted, onProduction);
    };
}

/** Looks for deployments of the stack, which make a new cluster and an altered one what they should be. */
export function holdsNoOther(kubeConfig: KubeConfig, wanted: WantedStack): TargetLook {
    return async () => {
        assertNoOther(await claimsOf(kubeConfig, wanted), wanted);
    };
}

const tracing = z.object({
    spec: z.object({
        tracing: z.array(z.object({ customTags: z.record(z.string(), z.unknown()).optional() })),
    }),
});
const literal = z.object({ literal: z.object({ value: z.string() }) });

/**
 * What the Telemetries of a cluster say of the stack.
 *
 * @throws EnvironmentError where they may not be read
 */
async function claimsOf(
    kubeConfig: KubeConfig,
    { stack, config }: WantedStack,
): Promise<readonly StackClaim[]> {
    const kind = "Telemetry";
    const served = { ...groupAndVersion(API_VERSIONS[kind]), kind, plural: "telemetries" };
    try {
        const all = await new ClusterObjects(kubeConfig).listAll(served);
        return all.flatMap((object) => claimOf(object, config));
    } catch (error) {
        if (error instanceof RefusedError) {
            throw new EnvironmentError(
                `Whether this cluster holds stack "${stack}" cannot be seen, as its Telemetries cannot be read: ${printable(error.message)}.`,
            );
        }
        throw error;
    }
}

/** Where the stack's own objects say something, they do; else whatever does. */
function decisive(claims: readonly StackClaim[]): readonly StackClaim[] {
    const own = claims.filter((claim) => claim.own);
    return own.length === 0 ? claims : own;
}

/** Elsewhere than in the stack's own namespaces a tag may be any team's, where nothing else says that it is a stack's. */
function claimOf(object: LiveObject, config: WantedStack["config"]): readonly StackClaim[] {
    const { name, namespace, annotations } = object.metadata;
    const own = namespace === config.namespace || namespace === config.controlPlaneNamespace;
    const noted = (annotations ?? {}) as Readonly<Record<string, string>>;
    const stack = noted[STACK_ANNOTATIONS.stack];
    const environment = noted[STACK_ANNOTATIONS.environment];
    const tags = tagsOf(object);
    const isStacks =
        stack !== undefined || environment !== undefined || name === BASELINE_NAMES.telemetry;
    if (!isStacks && (tags.length === 0 || !own)) {
        return [];
    }
    return [
        {
            by: printable(describeObject(object)),
            own,
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
 * Refuses a cluster that does not say of itself that it holds the stack.
 *
 * @throws EnvironmentError with what it says instead
 */
function assertHolds(
    claims: readonly StackClaim[],
    wanted: WantedStack,
    onProduction: string | undefined,
): void {
    const production = claims.find(({ environments }) => environments.includes("prod"));
    if (onProduction !== undefined && production !== undefined) {
        throw new EnvironmentError(
            `This cluster is prod, says its ${production.by}: ${onProduction}.`,
        );
    }
    assertNoOther(claims, wanted);
    const unclear = uncertaintyOf(claims, wanted);
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
function assertNoOther(claims: readonly StackClaim[], { stack, config }: WantedStack): void {
    const { environment } = config;
    const other = decisive(claims).find(
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
    claims: readonly StackClaim[],
    { config: { environment } }: WantedStack,
): string | undefined {
    if (claims.length === 0) {
        return "no Telemetry of it says anything";
    }
    const claim = decisive(claims).find(
        ({ own, stack, environments }) =>
            !own ||
            stack === undefined ||
            environments.length !== 1 ||
            environments[0] !== environment,
    );
    return claim && `its ${claim.by} says ${describeClaim(claim)}`;
}
