import type { MeshConfig } from "../components/config.ts";
import { EnvironmentError } from "../local/errors.ts";

/** The stack of the local cluster, as in `Pulumi.local.yaml`. */
export const LOCAL_STACK = "local";

/**
 * The local stack's configuration, read as the program reads it.
 *
 * @param program the program's file, beside which the stack's file lies. Default: this checkout's.
 * @throws EnvironmentError with one line a problem, before anything is built or started.
 */
export async function localConfig(program?: string): Promise<MeshConfig> {
    // Loaded here, because it brings Pulumi's SDK with it, and most commands need none of it.
    const [{ RunError }, { loadMeshConfig }, { catalog }, project] = await Promise.all([
        import("@pulumi/pulumi"),
        import("../components/config.ts"),
        import("../services/catalog.ts"),
        import("../local/deployer/project.ts"),
    ]);
    const files = await project.readProject(program ?? project.defaultProgram());
    const given = await project.readStackConfig(files, LOCAL_STACK);
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
            throw new EnvironmentError(`Stack ${LOCAL_STACK}: ${error.message}`);
        }
        throw error;
    }
}
