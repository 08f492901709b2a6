import { z } from "zod";
import { EnvironmentError } from "#errors.ts";
import { MOST_BYTES } from "#files.ts";
import { clusterOf } from "#policy/cluster.ts";
import { readKey, Unknown } from "#policy/known.ts";
import { identify, isPatch } from "#policy/kubernetes-object.ts";
import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import { readJson } from "#stack/documents.ts";
import type { RenderedResource } from "#stack/render/rendering.ts";
import { SIGNATURE } from "#stack/render/values.ts";
import { renderedProgram } from "#stack/rendered-program.ts";
import { plainValue } from "./plain-value.ts";
import { Secrets } from "./secrets.ts";

/** What was found out while resources were read. */
export class Reading {
    /** The texts that came from secrets. */
    readonly secrets = new Secrets();
    /** Whether there was anything of Kubernetes, also what is about to be deleted. */
    ofKubernetes = false;

    /** The properties of a resource, as somebody who knows its secrets reads them. */
    propsOf(type: string, urn: string, written: unknown): object {
        const secrets: unknown[] = [];
        const props = plainValue(written, (secret) => secrets.push(secret)) as object;
        if (identify(type, props) !== undefined) {
            this.ofKubernetes = true;
            this.secrets.add(urn, secrets);
        }
        return props;
    }
}

/**
 * What the checkout's program registers in a stack, as a preview would see it.
 *
 * @throws EnvironmentError when the stack or its configuration will not do
 */
export async function programResources(
    stack: string,
    reading = new Reading(),
): Promise<RegisteredResource[]> {
    const { project, resources } = await renderedProgram(stack, { showSecrets: true });
    return renderedResources(resources, `${stack}::${project}`, reading);
}

/**
 * What a program was seen to register, as the engine would hand it to the pack.
 *
 * @param place stack and project, as they stand in a URN
 */
export function renderedResources(
    rendered: readonly RenderedResource[],
    place: string,
    reading: Reading,
): RegisteredResource[] {
    return rendered.map(({ type, name, inputs }) => {
        const urn = `urn:pulumi:${place}::${type}::${name}`;
        return { type, name, urn, props: reading.propsOf(type, urn, inputs) };
    });
}

const resourceEntry = z.object({
    urn: z.string(),
    type: z.string(),
    inputs: z.record(z.string(), z.unknown()).nullish(),
    outputs: z.record(z.string(), z.unknown()).nullish(),
    delete: z.boolean().default(false),
    external: z.boolean().default(false),
    provider: z.string().optional(),
});
type ResourceEntry = z.infer<typeof resourceEntry>;

const deployment = z.object({
    resources: z.array(resourceEntry).nullish(),
    pending_operations: z.array(z.object({ type: z.string(), resource: resourceEntry })).nullish(),
});

/** Newest format of an exported state that is known here. */
const NEWEST_VERSION = 4;

const stateFile = z.object({
    version: z.number().optional(),
    // `pulumi stack export` writes the one, a self-managed backend keeps the other.
    deployment: deployment.nullish(),
    checkpoint: z.object({ latest: deployment.nullish() }).optional(),
});

/** @throws EnvironmentError for a file that is not there, or is no exported state */
async function readState(file: string): Promise<readonly ResourceEntry[]> {
    const json = await readJson(file, MOST_BYTES.state);
    const parsed = stateFile.safeParse(json);
    const state = parsed.data;
    if (state === undefined || (state.deployment === undefined && state.checkpoint === undefined)) {
        throw new EnvironmentError(
            `${file} is no exported state: deployment.resources is needed, as "pulumi stack export" writes it.`,
        );
    }
    if (isEncrypted(json)) {
        throw new EnvironmentError(
            `${file} is encrypted as a whole; use pulumi stack export --show-secrets.`,
        );
    }
    if ((state.version ?? 0) > NEWEST_VERSION) {
        throw new EnvironmentError(
            `${file} is a state of version ${state.version}; versions up to ${NEWEST_VERSION} can be read.`,
        );
    }
    const latest = state.deployment ?? state.checkpoint?.latest;
    const resources = latest?.resources ?? [];
    const urns = new Set(resources.map(({ urn }) => urn));
    // What an interrupted update was about to create may be there, and is nowhere else.
    const begun = (latest?.pending_operations ?? [])
        .filter(({ type, resource }) => type === "creating" && !urns.has(resource.urn))
        .map(({ resource }) => resource);
    return [...resources, ...begun];
}

/** Whether a secret stands in place of the whole deployment. */
function isEncrypted(json: unknown): boolean {
    const secret = z.object({ [SIGNATURE]: z.string() });
    return z.object({ deployment: secret }).safeParse(json).success;
}

interface Provider {
    readonly namespace: string | Unknown | undefined;
    readonly cluster: string;
}

/** The URN in a reference to a provider: `<urn>::<id>`. */
function urnIn(reference: string): string {
    return reference.replace(/::[^:]*$/, "");
}

/** What a provider says of its resources; one that the state leaves out is told by its name alone. */
function providerFrom(urn: string, entry: ResourceEntry | undefined): Provider {
    if (entry === undefined) {
        const isDefault = /::default(_[^:]*)?$/.test(urn);
        return { namespace: undefined, cluster: isDefault ? "" : urn };
    }
    const props = plainValue(entry.inputs ?? {}) as object;
    const namespace = readKey(props, "namespace");
    return {
        namespace:
            typeof namespace === "string" || namespace instanceof Unknown ? namespace : undefined,
        cluster: clusterOf({ urn, props }),
    };
}

/**
 * The resources of an exported state, by their inputs; those that it only reads, by their outputs.
 *
 * @param file what `pulumi stack export` wrote, or a self-managed backend keeps
 * @throws EnvironmentError for a file that is not there, or is no exported state
 */
export async function stateResources(
    file: string,
    reading = new Reading(),
): Promise<RegisteredResource[]> {
    const entries = await readState(file);
    const byUrn = new Map(entries.map((entry) => [entry.urn, entry]));
    const providers = new Map<string, Provider>();
    const providerOf = (reference: string): Provider => {
        const known = providers.get(reference);
        const urn = urnIn(reference);
        const provider = known ?? providerFrom(urn, byUrn.get(urn));
        providers.set(reference, provider);
        return provider;
    };
    return entries.flatMap(({ urn, type, inputs, outputs, external, provider, ...entry }) => {
        const props = reading.propsOf(type, urn, (external ? outputs : inputs) ?? {});
        const name = urn.slice(urn.indexOf("::", urn.indexOf(type)) + 2);
        return entry.delete
            ? []
            : [
                  {
                      type,
                      urn,
                      name,
                      props,
                      external,
                      ...(provider !== undefined && providerOf(provider)),
                  },
              ];
    });
}

/** How many clusters some resources are in, and how many of them are Patches of what somebody else makes. */
export function figuresOf(resources: readonly RegisteredResource[]): {
    readonly clusters: number;
    readonly patches: number;
} {
    const clusters = new Set<string>();
    let patches = 0;
    for (const { type, props, cluster = "" } of resources) {
        const identity = identify(type, props);
        if (identity !== undefined) {
            clusters.add(cluster);
            patches += isPatch(type, identity) ? 1 : 0;
        }
    }
    return { clusters: clusters.size, patches };
}
