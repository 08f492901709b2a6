import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { Subject } from "../subject.ts";
import { manifestResources } from "./manifests.ts";
import type { Reading } from "./resources.ts";
import { withoutSecrets } from "./secret-fields.ts";

/** Manifests as a subject, and the files of its folders that hold none. */
export interface ManifestSubject {
    readonly subject: Subject;
    readonly leftOut: readonly string[];
}

/**
 * Files and folders of Kubernetes YAML as a subject.
 *
 * @param paths as `mesh policy --manifests` takes them
 * @throws EnvironmentError for what cannot be read
 */
export async function manifestSubject(
    paths: readonly string[],
    reading: Reading,
): Promise<ManifestSubject> {
    const { resources, leftOut } = await manifestResources(paths, reading);
    return {
        leftOut,
        subject: {
            name: `manifests ${paths.join(" ")}`,
            resources,
            objects: resources
                .map(({ props }) => masked(props as DeclaredObject))
                .filter(({ metadata }) => typeof (metadata as object | undefined) === "object"),
            releases: [],
        },
    };
}

function masked(object: DeclaredObject): DeclaredObject {
    return object.kind === "Secret" ? withoutSecrets(object) : object;
}
