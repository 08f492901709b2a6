import type { MeshConfig } from "../components/config.ts";

/** The stack of the local cluster, as in `Pulumi.local.yaml`. */
export const LOCAL_STACK = "local";

/** The local stack's configuration, read as the program reads it. */
export async function localConfig(): Promise<MeshConfig> {
    // Loaded here, because it brings Pulumi's SDK with it, and most commands need none of it.
    const [{ loadMeshConfig }, { catalog }, project] = await Promise.all([
        import("../components/config.ts"),
        import("../services/catalog.ts"),
        import("../local/deployer/project.ts"),
    ]);
    const files = await project.readProject(project.defaultProgram());
    const given = await project.readStackConfig(files, LOCAL_STACK);
    return loadMeshConfig(
        Object.fromEntries(
            Object.entries(given).map(([key, value]) => [
                key,
                typeof value === "string" ? value : JSON.stringify(value),
            ]),
        ),
        catalog,
    );
}
