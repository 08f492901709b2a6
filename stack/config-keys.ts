import { z } from "zod";
import { withoutDefault } from "./config-errors.ts";
import { configSchema } from "./config-schema.ts";

/** A key of the stack's configuration as `Pulumi.yaml` declares it. */
export interface ConfigKey {
    readonly name: string;
    /** The CLI's word for what it holds; it has none for a number with a fraction. */
    readonly type: "string" | "boolean" | "object";
    readonly default: string | boolean | object;
    readonly description: string;
}

function typeOf(field: unknown): ConfigKey["type"] {
    const inner = withoutDefault(field);
    if (inner instanceof z.ZodBoolean) {
        return "boolean";
    }
    return inner instanceof z.ZodObject || inner instanceof z.ZodRecord ? "object" : "string";
}

/** Whether a key holds text; every other one holds JSON. What is no key is taken for text. */
export function holdsText(name: string): boolean {
    const field: unknown = Object.entries(configSchema.shape).find(([key]) => key === name)?.[1];
    const inner = withoutDefault(field);
    return inner === undefined || inner instanceof z.ZodString || inner instanceof z.ZodEnum;
}

/** What an object leaves out is filled in where it is read. */
function writtenDefault(value: unknown): ConfigKey["default"] {
    if (typeof value === "string" || typeof value === "boolean") {
        return value;
    }
    return typeof value === "number" ? value.toString() : {};
}

/** Every key in the order in which it is declared, with its default and what it is for. */
export function configKeys(): readonly ConfigKey[] {
    const defaults = configSchema.parse({});
    return Object.entries(configSchema.shape).map(([name, field]) => {
        const value: unknown = defaults[name as keyof typeof defaults];
        return {
            name,
            type: typeOf(field),
            default: writtenDefault(value),
            description: field.description ?? "",
        };
    });
}
