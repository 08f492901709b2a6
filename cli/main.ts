import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { EnvironmentError } from "#errors.ts";
import { addCanary } from "./canary/program.ts";
import { addChaos } from "./chaos/program.ts";
import { addCheck } from "./check/program.ts";
import { addDashboard } from "./dashboard/program.ts";
import { addDown } from "./down.ts";
import { addEnv } from "./env.ts";
import { addGraph } from "./graph/program.ts";
import { addKubeconfig } from "./kubeconfig.ts";
import { addLoad } from "./load/program.ts";
import { errorAsJson, exitCodeOf, onScreen, printError } from "./output.ts";
import { addPolicy } from "./policy/program.ts";
import { addPreview } from "./preview.ts";
import { addRender } from "./render/program.ts";
import { addStatus } from "./status.ts";
import { addUp } from "./up/program.ts";
import { addVerify } from "./verify/program.ts";

const { version: VERSION } = createRequire(import.meta.url)("../package.json") as {
    readonly version: string;
};

/**
 * The `mesh` command with all its subcommands; nothing is run.
 *
 * @param checkout directory of the checkout that it belongs to
 */
export function createProgram(checkout: string): Command {
    const program = new Command("mesh")
        .description(
            "a4co's service mesh: a local cluster to try it on, and checks for any cluster",
        )
        .version(VERSION, "-V, --version", "the version of this checkout")
        .exitOverride()
        .configureOutput({
            outputError: (text, write) => {
                write(onScreen(text));
            },
        })
        .showHelpAfterError('(run "mesh --help" for what there is)')
        .configureHelp({ showGlobalOptions: true });
    addUp(program, checkout);
    addDown(program, checkout);
    addStatus(program);
    addKubeconfig(program);
    addEnv(program, checkout);
    addPreview(program, checkout);
    addPolicy(program, checkout);
    addCheck(program, checkout);
    addRender(program);
    addVerify(program, checkout);
    addGraph(program);
    addDashboard(program);
    addLoad(program);
    addCanary(program, checkout);
    addChaos(program);
    refuseRepeats(program);
    return program;
}

/** Of an option that is given twice the first would have no effect. */
function refuseRepeats(command: Command): void {
    for (const option of command.options.filter(({ variadic }) => !variadic)) {
        let given = false;
        command.on(`option:${option.name()}`, () => {
            if (given) {
                command.error(`error: option '${option.flags}' is given twice`);
            }
            given = true;
        });
    }
    command.commands.forEach(refuseRepeats);
}

/**
 * Runs `mesh`.
 *
 * @param argv the words after `mesh`
 * @returns the exit code: 0 all holds, 1 something checked does not hold, 2 usage or environment
 */
export async function main(argv: readonly string[], checkout: string): Promise<number> {
    const program = createProgram(checkout);
    process.stdout.on("error", onLostOutput);
    // What cannot be said is no result: the exit code says it as well.
    process.stderr.on("error", () => undefined);
    try {
        if (argv.length === 0) {
            program.outputHelp({ error: true });
            return 2;
        }
        await program.parseAsync(argv, { from: "user" });
        return Number(process.exitCode ?? 0);
    } catch (error) {
        if (error instanceof CommanderError) {
            // Help and version were asked for; everything else is a mistake in the command line.
            if (error.exitCode !== 0 && asksForJson(argv)) {
                process.stdout.write(errorAsJson(new EnvironmentError(error.message)));
            }
            return error.exitCode === 0 ? 0 : 2;
        }
        printError(error);
        if (asksForJson(argv)) {
            process.stdout.write(errorAsJson(error));
        }
        return exitCodeOf(error);
    }
}

/** Whether stdout belongs to a program that reads one document. */
function asksForJson(argv: readonly string[]): boolean {
    const words = argv.join(" ");
    const toFile = argv.some((word) => /^--output(=|$)/.test(word));
    return argv.includes("--json") || (!toFile && / --format[ =]json( |$)/.test(words));
}

/** A reader that has seen enough, such as `head`, changes no result; anything else is somebody's to mend. */
function onLostOutput({ code, message }: NodeJS.ErrnoException): void {
    if (code !== "EPIPE") {
        printError(new EnvironmentError(`The output cannot be written: ${message}.`));
        process.exit(2);
    }
}
