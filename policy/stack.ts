import { UnknownValue } from "./field.ts";
import type { KubernetesObject } from "./field.ts";
import { isSelected, withReferences } from "./kubernetes-object.ts";
import type { Selector } from "./kubernetes-object.ts";

/** The objects of a stack in one cluster. What is derived from them is derived once. */
export class Stack {
    readonly objects: readonly KubernetesObject[];
    readonly #derived = new Map<unknown, unknown>();
    readonly #selected = new Map<string, readonly KubernetesObject[]>();

    constructor(objects: readonly KubernetesObject[]) {
        this.objects = objects;
    }

    /** The objects of these kinds. */
    of(...selectors: readonly Selector[]): readonly KubernetesObject[] {
        const key = selectors
            .map(({ group, kind, runsPods }) => `${group ?? "*"}/${kind ?? "*"}/${runsPods ?? ""}`)
            .join();
        const known = this.#selected.get(key);
        const selected = known ?? this.objects.filter((object) => isSelected(object, selectors));
        this.#selected.set(key, selected);
        return selected;
    }

    /** The objects of these kinds in a namespace, and those whose namespace nobody can tell. */
    in(namespace: string, ...selectors: readonly Selector[]): readonly KubernetesObject[] {
        const objects = this.of(...selectors);
        return this.once(objects, () => indexOf(objects, (object) => [object.namespace])).get(
            namespace,
        );
    }

    /** What `derive` makes of the stack; made the first time that it is asked for under this key. */
    once<Derived>(key: unknown, derive: (stack: this) => Derived): Derived {
        if (!this.#derived.has(key)) {
            this.#derived.set(key, derive(this));
        }
        return this.#derived.get(key) as Derived;
    }
}

/** The stacks of several clusters, one for each. */
export function stacksOf(objects: readonly KubernetesObject[]): readonly Stack[] {
    const clusters = new Map<string, KubernetesObject[]>();
    for (const object of withReferences(objects)) {
        const members = clusters.get(object.cluster);
        if (members === undefined) {
            clusters.set(object.cluster, [object]);
        } else {
            members.push(object);
        }
    }
    return Array.from(clusters.values(), (members) => new Stack(members));
}

/** Elements by what they are looked up by. */
export interface Index<Element> {
    /** Those of one of the keys, and those whose key nobody can tell, each once and in their order. */
    get(...keys: readonly string[]): readonly Element[];
}

/**
 * An index, in which what cannot be told is found under every key, so that it is never taken for absent.
 *
 * @param keysOf the keys of an element; it may throw {@link UnknownValue}
 */
export function indexOf<Element>(
    elements: readonly Element[],
    keysOf: (element: Element) => readonly string[],
): Index<Element> {
    const byKey = new Map<string, number[]>();
    const everywhere: number[] = [];
    elements.forEach((element, place) => {
        try {
            for (const key of new Set(keysOf(element))) {
                const places = byKey.get(key);
                if (places === undefined) {
                    byKey.set(key, [place]);
                } else {
                    places.push(place);
                }
            }
        } catch (error) {
            if (!(error instanceof UnknownValue)) {
                throw error;
            }
            everywhere.push(place);
        }
    });
    const read = (keys: readonly string[]): readonly Element[] =>
        [...new Set([...keys.flatMap((key) => byKey.get(key) ?? []), ...everywhere])]
            .sort((one, other) => one - other)
            .flatMap((place) => elements[place] ?? []);
    const lists = new Map<string, readonly Element[]>();
    const readOnce = (key: string): readonly Element[] => {
        const list = lists.get(key) ?? read([key]);
        // With unknown ones in each of them, all lists together would grow with the square.
        if (everywhere.length === 0 && byKey.has(key)) {
            lists.set(key, list);
        }
        return list;
    };
    return { get: (...keys) => (keys.length === 1 ? readOnce(keys[0] ?? "") : read(keys)) };
}
