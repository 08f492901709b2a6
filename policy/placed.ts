import { pathBelow, Placed } from "./field.ts";
import type { Field } from "./field.ts";
import { Unknown, UNREAD } from "./known.ts";
import { yamlIn } from "./yaml.ts";

function isMap(value: unknown): value is object {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Unknown)
    );
}

function childOf({ path, value }: Placed, key: string): Placed {
    const inner = isMap(value) ? (Reflect.get(value, key) as unknown) : undefined;
    return inner instanceof Placed ? inner : new Placed(pathBelow(path, key), inner);
}

/** Values, and others that win over them, as Helm merges them: each keeps the place where it is written. */
export function merged(under: Placed, over: Placed): Placed {
    if (!isMap(under.value) || !isMap(over.value)) {
        return over.value === undefined ? under : over;
    }
    const keys = new Set([...Object.keys(under.value), ...Object.keys(over.value)]);
    return new Placed(
        under.path,
        Object.fromEntries(
            Array.from(keys, (key) => [key, merged(childOf(under, key), childOf(over, key))]),
        ),
    );
}

/** What a text of `--set` stands for, as far as it is no text: `{a, b}` is a list and `null` takes a value away. */
function setValue(value: unknown): unknown {
    const list = typeof value === "string" ? /^\{(.*)\}$/.exec(value)?.[1] : undefined;
    return list === undefined
        ? value === "null"
            ? null
            : value
        : list.split(",").map((item) => item.trim());
}

/** One value as `--set` names it: `meshConfig.enableAutoMtls`. An element of a list stands for a list nobody can read. */
export function setAt(name: string, { path, value }: Placed): Placed {
    const steps = name.split(/(?<!\\)\./).map((step) => step.replaceAll("\\.", "."));
    const listed = steps.findIndex((step) => step.includes("["));
    const [own, leaf] =
        listed === -1
            ? [steps, setValue(value)]
            : [[...steps.slice(0, listed), steps[listed]?.split("[")[0] ?? ""], UNREAD];
    return own.reduceRight<Placed>(
        (inner, step) => new Placed(path, { [step]: inner }),
        new Placed(path, leaf),
    );
}

/** What is written at the first of these places that says something, or may. */
export function firstSaid(...fields: readonly [Field, ...Field[]]): Placed {
    return (fields.find((field) => !field.known || field.exists) ?? fields[0]).placed;
}

/** What the YAML in a text says. */
export function parsed(field: Field): Placed {
    return field.known ? yamlIn(field).placed : field.placed;
}
