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
