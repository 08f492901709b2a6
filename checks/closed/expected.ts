import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { LiveMesh } from "../live-mesh.ts";
import { oncePerRun } from "../live-mesh.ts";

/** Every object that should be in the cluster now: the program's. */
export const expectedObjects = oncePerRun(
    async (live: LiveMesh): Promise<readonly DeclaredObject[]> =>
        (await live.mesh.objects()).objects,
);
