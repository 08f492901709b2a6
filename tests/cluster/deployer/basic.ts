// The small program of `basic/`, which the tests of the engine deploy one after the other.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PULUMI_DIR } from "#local/deployer/home.ts";
import type { DeployOptions, DeploySummary } from "#local/deployer/index.ts";
import { paths } from "#local/node/layout.ts";
import { IMAGES } from "#local/versions.ts";

/** Where everything of it is, as the program has it. */
export const NAMESPACE = "deployer-test";
/** As the program has it. */
export const PASSWORD = "correct-horse-battery";

/** Options for the small program in `deployer/`; `lines` collects what is reported. */
export function options(
    config: Readonly<Record<string, string>> = {},
    lines: string[] = [],
): DeployOptions {
    const keyed = Object.entries(config).map(
        ([key, value]) => [`deployer-test:${key}`, value] as const,
    );
    return {
        stack: "test",
        kubeconfig: paths.kubeconfig,
        program: join(import.meta.dirname, "basic/program.ts"),
        config: { "deployer-test:image": IMAGES.pause, ...Object.fromEntries(keyed) },
        report: (line) => lines.push(line),
    };
}

/** Created, changed, replaced, unchanged and deleted. */
export function counts(summary: DeploySummary): number[] {
    const { created, changed, replaced, unchanged, deleted } = summary;
    return [created, changed, replaced, unchanged, deleted];
}

/** Names of the resources that a run did something to, with what. */
export function touched({ resources }: DeploySummary): string[] {
    return resources
        .filter(({ action }) => action !== "unchanged")
        .map(({ name, action }) => `${name} ${action}`)
        .sort();
}

/** The folder of the cluster's state. */
export async function stateDirectory(): Promise<string> {
    const [uid, ...others] = await readdir(PULUMI_DIR);
    assert.ok(uid !== undefined && others.length === 0, "there is more than one cluster's state");
    return join(PULUMI_DIR, uid);
}

/** The file of the small program's state. */
export async function stateFile(): Promise<string> {
    const stacks = join(await stateDirectory(), "backend/.pulumi/stacks");
    return join(stacks, "deployer-test/test.json");
}
