#!/usr/bin/env node
// Plain JavaScript: it must run, and speak clearly, where nothing is installed yet.
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** Commands that ask no cluster. */
const OFFLINE = ["check", "policy", "render"];

if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`mesh needs Node.js 20.19 or newer, and this is ${process.versions.node}.`);
    process.exit(2);
}

let tsx;
try {
    tsx = await import("tsx/esm/api");
    if (!OFFLINE.includes(process.argv[2])) {
        // Before tsx looks at every file that is loaded: this package has a thousand, and none is TypeScript.
        await import("@kubernetes/client-node");
    }
} catch {
    console.error(
        `The packages of mesh are not installed; run "npm install" in ${checkout} first.`,
    );
    process.exit(2);
}

// The checkout's own settings, whatever the directory mesh is called from.
tsx.register({ tsconfig: join(checkout, "tsconfig.json") });
const { main } = await import(new URL("../cli/main.ts", import.meta.url).href);
process.exitCode = await main(process.argv.slice(2), checkout);
