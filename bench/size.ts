// How much `mesh policy` takes for catalogues that are larger and larger: rendered and judged, beside loading the declarations
// alone; and judged as an exported state, beside reading that as JSON. Neither can be done without.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderedStacks } from "#stack/rendered-program.ts";
import { largeProgram } from "./large-program.ts";
import { printExponent } from "./measure.ts";
import { runMeasured } from "./usage.ts";
import type { Usage } from "./usage.ts";

const SERVICES = [300, 1000, 3000] as const;
const STATE = "state.json";
const LOAD = "load.js";
const READ = "read.js";

/** What is measured of one catalogue, each beside what nobody can do without. */
interface Measured {
    readonly rendered: Usage;
    readonly loaded: Usage;
    readonly state: Usage;
    readonly read: Usage;
}

/** Writes what a program registers in prod as `pulumi stack export` would. */
async function exportState(directory: string): Promise<void> {
    const [rendering] = await renderedStacks([{ stack: "prod" }], { checkout: directory });
    if (rendering === undefined || rendering instanceof Error) {
        throw rendering ?? new Error("prod gave no rendering");
    }
    const resources = rendering.resources.map(({ type, name, custom, inputs }) => ({
        urn: `urn:pulumi:prod::mesh::${type}::${name}`,
        type,
        custom,
        inputs,
        outputs: inputs,
    }));
    await writeFile(
        join(directory, STATE),
        JSON.stringify({ version: 3, deployment: { resources } }),
    );
}

async function measure(directory: string, services: number): Promise<Measured> {
    const tree = await largeProgram(directory, services);
    await exportState(directory);
    await tree.write(
        LOAD,
        `import { register } from "tsx/esm/api";\nregister();\nawait import("./services/catalog.ts");\n`,
    );
    await tree.write(
        READ,
        `import { readFileSync } from "node:fs";\nJSON.parse(readFileSync("${STATE}", "utf8"));\n`,
    );
    const policy = (...args: readonly string[]): Promise<Usage> =>
        runMeasured(directory, "bin/mesh.js", ["policy", "--json", ...args]);
    return {
        rendered: await policy("--stack", "prod"),
        loaded: await runMeasured(directory, LOAD),
        state: await policy("--state", STATE),
        read: await runMeasured(directory, READ),
    };
}

function print(services: number, what: string, usage: Usage, peer: Usage, beside: string): void {
    const seconds = usage.seconds.toFixed(2).padStart(8);
    const ratio = (usage.seconds / peer.seconds).toFixed(1);
    process.stdout.write(
        `${seconds} s  ${services} services ${what}: ${ratio} times ${beside}, ${usage.memory.toFixed(0)} MiB at most\n`,
    );
}

process.stdout.write("mesh policy of prod, seconds of processors\n");
const folder = await mkdtemp(join(tmpdir(), "mesh-bench-"));
try {
    const all: Measured[] = [];
    for (const services of SERVICES) {
        const measured = await measure(join(folder, String(services)), services);
        all.push(measured);
        const { rendered, loaded, state, read } = measured;
        print(services, "rendered and judged", rendered, loaded, "loading the declarations");
        print(services, "judged as a state", state, read, "reading it as JSON");
    }
    const growth = (name: keyof Measured, what: string): void => {
        printExponent(
            SERVICES,
            all.map((measured) => measured[name].seconds),
            what,
        );
    };
    growth("rendered", "rendering and judging");
    growth("state", "judging a state");
} finally {
    await rm(folder, { recursive: true, force: true });
}
