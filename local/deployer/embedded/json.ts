import { createHash } from "node:crypto";

export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
    [key: string]: Json;
}

export function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys and indexes, or undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
    let current = value;
    for (const key of path) {
        if (Array.isArray(current) && typeof key === "number")
            current = (current as unknown[])[key];
        else if (isObject(current)) current = current[key];
        else return undefined;
    }
    return current;
}

export function stringAt(
    value: unknown,
    ...path: readonly (string | number)[]
): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" ? found : undefined;
}

export function numberAt(
    value: unknown,
    ...path: readonly (string | number)[]
): number | undefined {
    const found = at(value, ...path);
    return typeof found === "number" ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): unknown[] {
    const found = at(value, ...path);
    return Array.isArray(found) ? (found as unknown[]) : [];
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonical(value: unknown): string {
    return JSON.stringify(value, (_key, inner: unknown) =>
        isObject(inner)
            ? Object.fromEntries(
                  Object.keys(inner)
                      .sort()
                      .map((key) => [key, inner[key]]),
              )
            : inner,
    );
}

/** SHA-256 of a value's canonical JSON, hexadecimal. */
export function hashOf(value: unknown): string {
    return createHash("sha256").update(canonical(value)).digest("hex");
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
