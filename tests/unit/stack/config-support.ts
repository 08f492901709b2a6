import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Catalog } from "#model/intents.ts";
import { catalog as ours } from "#services/catalog.ts";
import type { MeshConfig } from "#stack/config.ts";
import { loadMeshConfig } from "#stack/config.ts";

/** Keys without their namespace; values as a stack's file holds them. */
export type Keys = Readonly<Record<string, unknown>>;

/** What every stack of prod has to say, since the guard has no default for it. */
export const DEPLOYERS = { users: [], groups: ["a4co:mesh-deployers"], serviceAccounts: [] };

/** Loads keys the way Pulumi hands them over: with their namespace, as text, objects as JSON. Deployers are given. */
export function load(keys: Keys, catalog: Catalog = ours): MeshConfig {
    const raw = Object.entries({ deployers: DEPLOYERS, ...keys }).map(([key, value]) => [
        `mesh:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return loadMeshConfig(Object.fromEntries(raw) as Record<string, string>, catalog);
}

/** Asserts that a configuration is refused for exactly these problems, in this order, with the whole message. */
export function assertRefused(
    keys: Keys,
    problems: readonly string[],
    catalog: Catalog = ours,
): void {
    const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
    const message = [
        `the stack's configuration is not sound (${count}); nothing was changed`,
        ...problems.map((problem) => `  ${problem}`),
    ].join("\n");
    assert.throws(
        () => load(keys, catalog),
        (error) => {
            assert.ok(error instanceof pulumi.RunError, String(error));
            assert.equal(error.message, message);
            return true;
        },
    );
}
