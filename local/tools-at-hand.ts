import { silent } from "#errors.ts";
import type { Report } from "#errors.ts";
import { findTool } from "#stack/tools/find.ts";
import type { FoundTool } from "#stack/tools/find.ts";
import { findGo } from "./go.ts";
import { builtTool, ensureTool } from "./toolchain.ts";

/**
 * Path of a tool that is used where it is there: its variable's, the one on PATH, the toolchain's. Only where the local
 * cluster's own parts were built is it built as well: nobody else expects a compiler to run for minutes.
 *
 * @param report gets a line when a build begins and ends
 * @returns `undefined` where there is none
 * @throws EnvironmentError where the tool's variable names nothing that can be run, or its build fails
 */
export function toolAtHand(tool: FoundTool, report: Report = silent): Promise<string | undefined> {
    return findTool(tool, async () => {
        if (!(await hasGo())) {
            return undefined;
        }
        const hasToolchain = (await builtTool("pilot-discovery")) !== undefined;
        return (await builtTool(tool)) ?? (hasToolchain ? ensureTool(tool, report) : undefined);
    });
}

function hasGo(): Promise<boolean> {
    return findGo().then(
        () => true,
        () => false,
    );
}
