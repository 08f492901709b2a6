import type { ConfigProblem } from "./config-errors.ts";

/** Namespace of the program's own keys. */
export const OWN = "mesh";

/** Namespaces that somebody reads: the program, the engine and the providers. What is in another would be for nobody. */
const NAMESPACES: readonly string[] = [OWN, "kubernetes", "pulumi", "random"];

/** The one key that assignment does not set and that schemas of records leave out. */
const PROTOTYPE = "__proto__";

/** Keys of a stack that nobody would read, which is what a misspelt one is. */
export function strayKeys(keys: readonly string[]): ConfigProblem[] {
    return keys.flatMap((key) => {
        const [namespace = "", ...rest] = key.split(":");
        return NAMESPACES.includes(namespace) && rest.length > 0
            ? []
            : [
                  {
                      key,
                      reason: `nobody reads namespace "${rest.length > 0 ? namespace : ""}"; allowed: ${NAMESPACES.map((each) => `${each}:`).join(", ")}`,
                  },
              ];
    });
}

/** Everywhere in a value where a key stands that would be lost in silence. */
export function prototypeKeys(value: unknown, path = ""): ConfigProblem[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
        const key = path === "" ? name : `${path}.${name}`;
        return name === PROTOTYPE
            ? [{ key, reason: "there is no such key" }]
            : prototypeKeys(inner, key);
    });
}
