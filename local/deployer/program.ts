import { pathToFileURL } from "node:url";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";

let runs = 0;

/**
 * A program's file as the Automation API runs one, in this process. Each run evaluates the file anew, as the engine
 * needs it: a module that was imported before would register nothing.
 */
export function programOf(file: string): PulumiFn {
    return async () => {
        runs += 1;
        const url = `${pathToFileURL(file).href}?run=${runs}`;
        const { default: whole, ...named } = (await import(url)) as Record<string, unknown>;
        return (whole ?? named) as Record<string, unknown>;
    };
}
