import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { EnvironmentError } from "#errors.ts";
import type { CheckOptions } from "#policy/check.ts";
import type { CommandContext } from "../context.ts";

interface PolicyOptions {
    readonly stack: string;
    readonly state?: string;
    readonly config?: string;
    readonly json?: true;
}

/** Adds `mesh policy`. */
export function addPolicy(program: Command, { checkout }: CommandContext): void {
    program
        .command("policy")
        .description("judge a stack by the policy pack, without the Pulumi CLI")
        .option("--stack <name>", "stack of this checkout whose program is judged", "prod")
        .option("--state <file>", 'judge an exported state instead: "pulumi stack export"')
        .option("--config <file>", "the pack's configuration, as --policy-pack-config takes it")
        .option("--json", "print machine-readable results")
        .action(async (options: PolicyOptions) => {
            process.exitCode = await runPolicy(checkout, options);
        });
}

/** The configuration that was named; else the one of the checkout's stack, where it has one. */
function configFile(checkout: string, { stack, state, config }: PolicyOptions): string | undefined {
    if (config !== undefined || state !== undefined) {
        return config;
    }
    const own = join(checkout, "policy/config", `${stack}.json`);
    return existsSync(own) ? own : undefined;
}

async function runPolicy(checkout: string, options: PolicyOptions): Promise<0 | 1> {
    // Loaded here, because most commands need none of it.
    const [{ checkResources }, { rules }, source, report] = await Promise.all([
        import("#policy/check.ts"),
        import("#policy/rules/index.ts"),
        import("./resources.ts"),
        import("./report.ts"),
    ]);
    const { stack, state, json } = options;
    const configured = await configuration(configFile(checkout, options));
    const resources = await (state === undefined
        ? source.programResources(stack)
        : source.stateResources(state));
    const outcome = {
        subject: state === undefined ? `stack ${stack}` : `state ${state}`,
        production: configured.settings.production,
        resources: resources.length,
        rules: rules.filter((rule) => configured.levelOf(rule) !== "disabled").length,
        violations: checkResources(rules, resources, { ...configured, now: new Date() }),
    };
    process.stdout.write(
        json === true ? report.reportAsJson(outcome) : report.reportAsText(outcome),
    );
    return report.countOf(outcome, "mandatory") === 0 ? 0 : 1;
}

/** @throws EnvironmentError for a configuration that is not one */
async function configuration(file: string | undefined): Promise<Omit<CheckOptions, "now">> {
    const [
        { readConfiguration },
        { rules },
        { SETTINGS_POLICY, SETTINGS_SCHEMA },
        { readJson },
        { z },
    ] = await Promise.all([
        import("#policy/configuration.ts"),
        import("#policy/rules/index.ts"),
        import("#policy/settings.ts"),
        import("./resources.ts"),
        import("zod"),
    ]);
    const schema = z.fromJSONSchema({
        type: "object",
        properties: SETTINGS_SCHEMA.properties,
    } as Parameters<typeof z.fromJSONSchema>[0]);
    const config = file === undefined ? {} : await readJson(file);
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
