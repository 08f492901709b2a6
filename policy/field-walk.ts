import type { Field } from "./field.ts";

/**
 * Every field below that has such a name, itself known or not. What is below an unknown field of another name cannot
 * be seen.
 *
 * @throws UnknownValue where the field itself is not known
 */
export function fieldsNamed(field: Field, isNamed: (key: string) => boolean): readonly Field[] {
    const below = (child: Field): readonly Field[] =>
        child.known ? fieldsNamed(child, isNamed) : [];
    return [
        ...field.items().flatMap(below),
        ...field
            .entries()
            .flatMap(([key, child]) => (isNamed(key) ? [child, ...below(child)] : below(child))),
    ];
}

/** Every field below whose value is known and is no map and no list; what is below an unknown field cannot be seen. */
export function knownBelow(field: Field): readonly Field[] {
    if (!field.known) {
        return [];
    }
    const { value } = field;
    return typeof value === "object" && value !== null
        ? [...field.items(), ...field.entries().map(([, child]) => child)].flatMap(knownBelow)
        : [field];
}
