import type { Catalog } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import type { MeshConfig } from "./config.ts";
import type { DeclaredObjects } from "./declared-objects.ts";
import { LOCAL_STACK, stackConfig } from "./read-stack.ts";

/** The stack that a cluster other than the local one is judged by. */
const DEFAULT_STACK = "prod";

/** Everything that is known of a mesh without asking it: what should hold follows from this alone. */
export interface DeclaredMesh {
    readonly catalog: Catalog;
    readonly config: MeshConfig;
    readonly context: MeshContext;
    /**
     * Every object and Helm release that the program makes of it; rendered when it is first asked for.
     *
     * @throws EnvironmentError where the program fails
     */
    objects(): Promise<DeclaredObjects>;
}

/** Which stack, and where its services live. */
export interface StackOptions {
    /** Default: `local` where the cluster is the local one, else `prod`. */
    readonly stack?: string;
    /** Replaces the stack's application namespace. */
    readonly namespace?: string;
}

/**
 * What should hold on a cluster.
 *
 * @throws EnvironmentError for a stack that does not exist or is not sound
 */
export async function declaredMesh(
    { stack, namespace }: StackOptions,
    local: boolean,
): Promise<{ readonly stack: string; readonly mesh: DeclaredMesh }> {
    const chosen = stack ?? (local ? LOCAL_STACK : DEFAULT_STACK);
    const replaced = namespace === undefined ? {} : { "mesh:namespace": namespace };
    let objects: Promise<DeclaredObjects> | undefined;
    const [config, catalog, { meshContext }, { withCanaries }] = await Promise.all([
        stackConfig(chosen, { replaced }),
        import("./catalog.ts").then(({ declaredCatalog }) => declaredCatalog()),
        import("./config.ts"),
        import("#model/canary.ts"),
    ]);
    return {
        stack: chosen,
        mesh: {
            catalog: withCanaries(catalog, config.canaries),
            config,
            context: meshContext(config),
            objects: () => (objects ??= renderedObjects(chosen, replaced)),
        },
    };
}

async function renderedObjects(
    stack: string,
    replaced: Readonly<Record<string, string>>,
): Promise<DeclaredObjects> {
    const [{ renderedProgram }, { declaredObjects }] = await Promise.all([
        import("./rendered-program.ts"),
        import("./declared-objects.ts"),
    ]);
    return declaredObjects((await renderedProgram(stack, { replaced })).resources);
}
