import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeclaredRelease } from "#stack/declared-objects.ts";

/**
 * A Helm that writes down how it was called. A chart makes one ConfigMap with its path and its values; `random` in its
 * folder's name makes something else each time, `broken` fails and `garbage` makes no YAML. Pulling from `published` works, and from nowhere else.
 */
const SCRIPT = `#!/usr/bin/env node
const fs = require("node:fs"), path = require("node:path");
const [command, ...args] = process.argv.slice(2);
const home = path.dirname(process.argv[1]);
fs.appendFileSync(path.join(home, "calls"), JSON.stringify([command, ...args]) + "\\n");
const option = (name) => args[args.indexOf(name) + 1];
const fail = (text) => { console.error("WARNING: noise\\nError: " + text); process.exit(1); };
if (command === "env") console.log(path.join(home, "cache"));
if (command === "pull") {
    if (!args.join(" ").includes("published")) fail('looks like "x" cannot be reached: Get "x/index.yaml": dial tcp: lookup x: no such host');
    const name = path.basename(args[0]) + "-" + option("--version") + ".tgz";
    fs.writeFileSync(path.join(option("--destination"), name), "");
}
if (command === "template") {
    const [release, chart] = args;
    if (chart.includes("garbage")) { console.log("a: b: c"); process.exit(); }
    if (chart.includes("broken")) fail("values don't meet\\nthe specifications");
    const file = option("--values");
    const data = { chart, values: fs.readFileSync(file, "utf8"), mode: (fs.statSync(file).mode & 0o777).toString(8) };
    if (chart.includes("random")) data.password = String(Math.random());
    console.log("# nothing\\n---\\n" + JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: release }, data }));
}
`;

/** A folder with the fake Helm, and what was asked of it. */
export interface FakeHelm {
    readonly folder: string;
    readonly path: string;
    calls(command: string): Promise<readonly (readonly string[])[]>;
    /** Makes a chart's folder and gives the folder that it is in. */
    chart(folder: string, name: string, version: string): Promise<string>;
    remove(): Promise<void>;
}

export async function fakeHelm(): Promise<FakeHelm> {
    const folder = await mkdtemp(join(tmpdir(), "fake-helm-"));
    // No package.json above it makes it a module.
    const path = join(folder, "helm.cjs");
    await writeFile(path, SCRIPT, { mode: 0o755 });
    await mkdir(join(folder, "cache"));
    return {
        folder,
        path,
        calls: async (command) => {
            const text = await readFile(join(folder, "calls"), "utf8").catch(() => "");
            const lines = text.split("\n").filter((line) => line !== "");
            return lines
                .map((line) => JSON.parse(line) as readonly string[])
                .filter(([first]) => first === command);
        },
        chart: async (parent, name, version) => {
            const chart = join(folder, parent, name);
            await mkdir(join(chart, "templates"), { recursive: true });
            await writeFile(join(chart, "Chart.yaml"), `name: ${name}\nversion: ${version}\n`);
            const template = name.includes("random") ? "a: {{ randAlphaNum 5 }}" : "a: b";
            await writeFile(join(chart, "templates/all.yaml"), template);
            return join(folder, parent);
        },
        remove: () => rm(folder, { recursive: true }),
    };
}

export function release(fields: Partial<DeclaredRelease> = {}): DeclaredRelease {
    return {
        name: "one",
        namespace: "system",
        chart: "istiod",
        version: "1.2.3",
        repositoryOpts: { repo: "https://charts.example/stable" },
        values: { a: 1 },
        ...fields,
    };
}
