import { EnvironmentError } from "#errors.ts";
import type { MeshConfig } from "./config.ts";

/** The stack of the local cluster, as in `Pulumi.local.yaml`. */
export const LOCAL_STACK = "local";

/** Where a stack's file lies, and what replaces its values. */
export interface StackConfigOptions {
    /** The program's file, beside which the stack's file lies. Default: this checkout's. */
    readonly program?: string;
    /** Values that replace the stack's own, by their key, for example `mesh:namespace`. */
    readonly replaced?: Readonly<Record<string, string>>;
}

/**
 * A stack's configuration, read as the program reads it.
 *
 * @throws EnvironmentError for a stack without a file, and with one line a problem of its configuration
 */
export async function stackConfig(
    stack: string,
    { program, replaced }: StackConfigOptions = {},
): Promise<MeshConfig> {
    // Loaded here, because most commands need none of it.
    const [{ RunError }, { loadMeshConfig }, { declaredCatalog }, project] = await Promise.all([
        import("@pulumi/pulumi/errors.js"),
        import("./config.ts"),
        import("./catalog.ts"),
        import("./project.ts"),
    ]);
    const catalog = await declaredCatalog();
    const files = await project.readProject(program ?? project.defaultProgram());
    const given = { ...(await project.readStackConfig(files, stack)), ...replaced };
    const raw = Object.fromEntries(
        Object.entries(given).map(([key, value]) => [
            key,
            typeof value === "string" ? value : JSON.stringify(value),
        ]),
    );
    try {
        return loadMeshConfig(raw, catalog);
    } catch (error) {
        if (RunError.isInstance(error)) {
            throw new EnvironmentError(`Stack ${stack}: ${error.message}`);
        }
        throw error;
    }
}
