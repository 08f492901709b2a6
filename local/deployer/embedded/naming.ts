import { randomBytes } from "node:crypto";

import type { Inventory } from "./inventory.ts";
import { at, isObject, listAt, stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** Pulumi's automatic name: the resource's name and eight hexadecimal digits, kept over later runs. */
export function automaticName(
    inventory: Inventory,
    resource: { readonly urn: string; readonly name: string },
): string {
    for (const { urn, subject } of inventory.entries) {
        if (urn === resource.urn && subject.is !== "random") return subject.name;
    }
    return `${resource.name.toLowerCase()}-${randomBytes(4).toString("hex")}`;
}

/** Splits `spec.template.spec.containers[0].image` into its keys. */
export function parsePropertyPath(path: string): (string | number)[] {
    const keys: (string | number)[] = [];
    for (const match of path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
        if (match[2] !== undefined) keys.push(Number(match[2]));
        else keys.push(match[1] ?? match[3] ?? "");
    }
    if (keys.length === 0) throw new Error(`ignoreChanges: "${path}" is not a property path`);
    return keys;
}

/** Takes over from the live object what `ignoreChanges` names, so that applying does not touch it. */
export function keepIgnored(object: JsonObject, live: unknown, paths: readonly string[]): void {
    for (const path of paths) {
        for (const keys of everyPlace(object, parsePropertyPath(path))) {
            const last = keys.pop();
            const target = at(object, ...keys);
            const value = at(live, ...keys, ...(last === undefined ? [] : [last]));
            if (last === undefined || value === undefined) continue;
            if (Array.isArray(target) && typeof last === "number") {
                (target as unknown[])[last] = value;
            } else if (isObject(target)) target[String(last)] = value;
        }
    }
}

/** The places that a path with `*` for "every one" names in an object. */
function everyPlace(object: unknown, keys: readonly (string | number)[]): (string | number)[][] {
    const star = keys.indexOf("*");
    if (star < 0) return [[...keys]];
    const [before, after] = [keys.slice(0, star), keys.slice(star + 1)];
    const target = at(object, ...before);
    const found = Array.isArray(target)
        ? [...target.keys()]
        : isObject(target)
          ? Object.keys(target)
          : [];
    return found.flatMap((key) => everyPlace(object, [...before, key, ...after]));
}

/** The condition of that type in an object's status. */
export function condition(object: unknown, type: string): unknown {
    return listAt(object, "status", "conditions").find((entry) => stringAt(entry, "type") === type);
}
