/** What a validator read of the fields of an object. */
interface Reads {
    /** The fields that it asked for, whether they are there or not. */
    readonly fields: Set<string>;
    /** Whether it went through all of them, as through the keys of a map. */
    all: boolean;
}

/** Where something is in an object, as its keys and indices. */
export type Path = readonly string[];

/** An object with a field that its validator has no question about. */
export interface Unasked {
    readonly path: Path;
    readonly field: string;
    /** What it asked for instead. */
    readonly known: readonly string[];
}

/**
 * Fields that the compiled schemas have lost, wherever a kind has them: the generator took them for words about the schema.
 */
const LOST = /^(?:description$|x-kubernetes-)/;

/**
 * Watches what a validator reads. The compiled schemas of Kubernetes' kinds say nothing to fields that they do not know;
 * but what a schema knows its validator asks for, so a field that it never asked for, beside others that it did, is
 * none of the kind. An object that it asked nothing of may hold anything.
 */
export class Observation {
    readonly #reads = new Map<object, Reads>();
    readonly #proxies = new Map<object, object>();

    /** The same value, whose reading is watched. */
    watched<T>(value: T): T {
        if (typeof value !== "object" || value === null) {
            return value;
        }
        const known = this.#proxies.get(value);
        const proxy = known ?? this.#proxyOf(value);
        this.#proxies.set(value, proxy);
        return proxy as T;
    }

    #proxyOf(target: object): object {
        const reads: Reads = { fields: new Set<string>(), all: false };
        this.#reads.set(target, reads);
        return new Proxy(target, {
            get: (_, key) => {
                if (typeof key === "string") {
                    reads.fields.add(key);
                }
                return this.watched(Reflect.get(target, key) as unknown);
            },
            has: (_, key) => {
                if (typeof key === "string") {
                    reads.fields.add(key);
                }
                return Reflect.has(target, key);
            },
            ownKeys: () => {
                reads.all = true;
                return Reflect.ownKeys(target);
            },
        });
    }

    /** The fields of a value, and of everything in it, that were not asked for. */
    unaskedIn(value: unknown, path: Path = []): readonly Unasked[] {
        if (typeof value !== "object" || value === null) {
            return [];
        }
        const within = Object.entries(value).flatMap(([key, inner]) =>
            this.unaskedIn(inner, [...path, key]),
        );
        return Array.isArray(value) ? within : [...this.#unaskedOf(value, path), ...within];
    }

    #unaskedOf(value: object, path: Path): readonly Unasked[] {
        const reads = this.#reads.get(value);
        if (reads === undefined || reads.all || reads.fields.size === 0) {
            return [];
        }
        const known = [...reads.fields].sort();
        return Object.entries(value)
            .filter(
                ([field, inner]) =>
                    inner !== undefined && !reads.fields.has(field) && !LOST.test(field),
            )
            .map(([field]) => ({ path, field, known }));
    }
}
