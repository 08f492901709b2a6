import type { Command } from "commander";
import { EnvironmentError } from "#errors.ts";
import { readIfPresent } from "#files.ts";
import type { ClusterState } from "#local/cluster.ts";
import { clusterState } from "#local/cluster.ts";
import { assertMachine } from "#local/machine.ts";
import { paths } from "#local/node/layout.ts";
import type { Owner } from "#local/node/owner.ts";
import { readOwner } from "#local/node/owner.ts";
import { jsonText, table } from "./output.ts";

interface StatusOptions {
    readonly json?: true;
}

/** Adds `mesh status`. */
export function addStatus(program: Command): void {
    program
        .command("status")
        .description("show the local cluster: its components, its node and its pods")
        .option("--json", "print machine-readable results")
        .action(async (options: StatusOptions) => {
            const owner = await readOwner();
            if (owner === undefined) {
                throw new EnvironmentError('There is no local cluster; "mesh up" makes one.');
            }
            await assertMachine();
            const state = await clusterState();
            const faults = state === undefined ? ["the node was never started"] : faultsOf(state);
            const engine = (await readIfPresent(paths.engine))?.trim();
            const report = { healthy: faults.length === 0, faults, owner, engine, ...state };
            process.stdout.write(
                options.json === true ? jsonText(report) : render(owner, state, faults, engine),
            );
            process.exitCode = faults.length === 0 ? 0 : 1;
        });
}

/** What is not as it should be, one phrase each. */
export function faultsOf(state: ClusterState): string[] {
    return [
        ...state.components
            .filter((component) => component.state !== "run")
            .map((component) => `${component.name} is ${component.state}`),
        ...(state.node === "ready" ? [] : [`the node is ${state.node}`]),
        ...state.pods
            .filter(({ phase, ready, containers }) => phase !== "Succeeded" && ready < containers)
            .map(
                ({ namespace, name, phase }) => `pod ${namespace}/${name} is not ready (${phase})`,
            ),
    ];
}

function render(
    owner: Owner,
    state: ClusterState | undefined,
    faults: readonly string[],
    engine = "nothing yet",
): string {
    const parts = [`Local cluster of ${owner.checkout}, since ${owner.since}`];
    if (state !== undefined) {
        parts.push(
            table([
                ["COMPONENT", "STATE", "PROCESS", "FOR"],
                ...state.components.map(({ name, state: running, pid, seconds }) => [
                    name,
                    running,
                    pid === undefined ? "-" : String(pid),
                    seconds === undefined ? "-" : `${seconds}s`,
                ]),
            ]),
            `Node: ${state.node}`,
        );
    }
    if (state !== undefined && state.pods.length > 0) {
        parts.push(
            table([
                ["NAMESPACE", "POD", "READY", "PHASE", "RESTARTS"],
                ...state.pods.map(({ namespace, name, ready, containers, phase, restarts }) => [
                    namespace,
                    name,
                    `${ready}/${containers}`,
                    phase,
                    String(restarts),
                ]),
            ]),
        );
    }
    parts.push(`Deployed by: ${engine}`);
    parts.push(faults.length === 0 ? "All is well." : `Not well: ${faults.join("; ")}.`);
    return `${parts.join("\n\n")}\n`;
}
