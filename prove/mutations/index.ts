import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Mutation } from "../mutation.ts";
import { authorizationMutations } from "./authorization.ts";
import { beyondMutations } from "./beyond.ts";
import { configMutations } from "./config.ts";
import { edgeMutations } from "./edge.ts";
import { identityMutations } from "./identity.ts";
import { installMutations } from "./install.ts";
import { resilienceMutations } from "./resilience.ts";
import { telemetryMutations } from "./telemetry.ts";

/** Whatever is changed is not what was declared. */
const CLOSED = "closed/*";

/** Every mutation of a mesh, from its declarations alone. */
export function mutationsOf(mesh: DeclaredMesh): readonly Mutation[] {
    return [
        installMutations,
        configMutations,
        identityMutations,
        authorizationMutations,
        edgeMutations,
        resilienceMutations,
        telemetryMutations,
        beyondMutations,
    ]
        .flatMap((mutations) => mutations(mesh))
        .map((mutation) => ({ ...mutation, mayBreak: [...(mutation.mayBreak ?? []), CLOSED] }));
}
