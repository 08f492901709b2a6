import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EnvironmentError } from "#errors.ts";
import { MOST_BYTES } from "#files.ts";
import type { CheckOptions } from "#policy/check.ts";
import { readConfiguration } from "#policy/configuration.ts";
import { rules } from "#policy/rules/index.ts";
import { SETTINGS_POLICY, SETTINGS_SCHEMA } from "#policy/settings.ts";
import { readJson } from "#stack/documents.ts";

/** How the pack is applied, but for the day. */
export type PackConfiguration = Omit<CheckOptions, "now">;

/** Where a checkout keeps a stack's configuration of the pack; `undefined` where it has none. */
export function packConfigurationFile(checkout: string, stack: string): string | undefined {
    const file = join(checkout, "policy/config", `${stack}.json`);
    return existsSync(file) ? file : undefined;
}

/**
 * A configuration of the pack, as `--policy-pack-config` takes it.
 *
 * @param file default: the pack's own levels and settings
 * @throws EnvironmentError for a configuration that is not one
 */
export async function packConfiguration(file: string | undefined): Promise<PackConfiguration> {
    const schema = z.fromJSONSchema({
        type: "object",
        properties: SETTINGS_SCHEMA.properties,
    } as Parameters<typeof z.fromJSONSchema>[0]);
    const config = file === undefined ? {} : await readJson(file, MOST_BYTES.configuration);
    try {
        return readConfiguration(config, rules, (settings) => {
            const { error } = schema.safeParse(settings);
            const [issue] = error?.issues ?? [];
            if (issue !== undefined) {
                throw new RangeError(
                    `${SETTINGS_POLICY}: ${issue.path.join(".")}: ${issue.message}`,
                );
            }
        });
    } catch (error) {
        if (error instanceof RangeError) {
            throw new EnvironmentError(`${file ?? "policy configuration"}: ${error.message}`);
        }
        throw error;
    }
}
