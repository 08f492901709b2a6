import type { LiveObject, ObjectRef, Objects } from "#live/kubernetes/objects.ts";
import { describeObject, RefusedError } from "#live/kubernetes/objects.ts";

/**
 * An API server in memory. As the real one it gives each write a new resource version, refuses to replace what has
 * changed since, and keeps a record of who owns which fields.
 */
export class FakeObjects implements Objects {
    readonly stored = new Map<string, LiveObject>();
    /** Every write, for example `replace ConfigMap ns/name`. */
    readonly writes: string[] = [];
    /** Called before each write; what it throws is the answer. */
    beforeWrite: (verb: string, object: ObjectRef) => void = () => undefined;
    #version = 0;

    constructor(...objects: readonly LiveObject[]) {
        for (const object of objects) {
            this.#store(object, "owner");
        }
    }

    read(ref: ObjectRef): Promise<LiveObject | undefined> {
        return Promise.resolve(structuredClone(this.stored.get(describeObject(ref))));
    }

    async create(object: LiveObject): Promise<LiveObject> {
        this.#write("create", object);
        if (this.stored.has(describeObject(object))) {
            throw refusal(409);
        }
        if (object.metadata.resourceVersion !== undefined) {
            throw refusal(400);
        }
        return Promise.resolve(this.#store(object, "mesh-prove"));
    }

    async replace(object: LiveObject): Promise<LiveObject> {
        this.#write("replace", object);
        const live = this.stored.get(describeObject(object));
        if (live === undefined) {
            throw refusal(404);
        }
        const { resourceVersion, uid } = object.metadata;
        if (resourceVersion !== live.metadata.resourceVersion || uid !== live.metadata.uid) {
            throw refusal(409);
        }
        return Promise.resolve(
            isSame(live, object) ? this.#store(object) : this.#store(object, "mesh-prove"),
        );
    }

    async remove(ref: ObjectRef): Promise<void> {
        this.#write("remove", ref);
        this.stored.delete(describeObject(ref));
        return Promise.resolve();
    }

    /** The objects without what the server counts by itself. */
    contents(): unknown {
        return [...this.stored.entries()]
            .sort()
            .map(([name, { metadata, ...rest }]) => [
                name,
                { ...rest, metadata: { ...metadata, resourceVersion: undefined, uid: undefined } },
            ]);
    }

    #write(verb: string, object: ObjectRef): void {
        this.beforeWrite(verb, object);
        this.writes.push(`${verb} ${describeObject(object)}`);
    }

    #store(object: LiveObject, owner?: string): LiveObject {
        this.#version += 1;
        const stored = structuredClone({
            ...object,
            metadata: {
                ...object.metadata,
                uid: object.metadata.uid ?? `uid-${this.#version}`,
                resourceVersion: String(this.#version),
                ...(owner !== undefined && { managedFields: [{ manager: owner }] }),
            },
        });
        this.stored.set(describeObject(object), stored);
        return stored;
    }
}

function isSame(one: LiveObject, other: LiveObject): boolean {
    const content = ({ metadata, ...rest }: LiveObject): string =>
        JSON.stringify({ ...rest, labels: metadata.labels, annotations: metadata["annotations"] });
    return content(one) === content(other);
}

export function refusal(code: number): RefusedError {
    return new RefusedError(code, "refused");
}
