#!/usr/bin/env node
// Plain JavaScript: it must run, and speak clearly, where nothing is installed yet.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { setImmediate } from "node:timers";
import { fileURLToPath } from "node:url";

const checkout = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));

/** Commands that ask no cluster. */
const OFFLINE = ["check", "policy", "render"];
/** Where the Node is that is installed with the packages. */
const BIN = join(checkout, "node_modules", ".bin");
const NODE = join(BIN, "node");

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 13)) {
    stopWithWhoeverHandedOver();
    await run();
} else if (existsSync(NODE)) {
    handOver();
} else {
    console.error(
        `mesh needs Node.js 22.13 or newer, and this is ${process.versions.node}; ` +
            `"npm ci" in ${checkout} brings one along.`,
    );
    process.exitCode = 2;
}

/** This Node is too old; the one of the packages does it. */
function handOver() {
    const child = spawn(NODE, process.argv.slice(1), {
        stdio: ["inherit", "inherit", "inherit", "ipc"],
        // For the engine, which looks for `node` itself.
        env: { ...process.env, PATH: [BIN, process.env.PATH].join(delimiter) },
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
        process.on(signal, () => {
            // A terminal has sent its SIGINT to both.
            if (signal !== "SIGINT" || !process.stdin.isTTY) {
                child.kill(signal);
            }
        });
    }
    child.on("exit", (code) => process.exit(code ?? 2));
}

/** Whoever is killed outright cannot pass that on. */
function stopWithWhoeverHandedOver() {
    if (process.channel) {
        process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
        process.channel.unref();
    }
}

async function run() {
    try {
        process.cwd();
    } catch {
        console.error("The working directory of mesh is gone; change to another one.");
        process.exitCode = 2;
        return;
    }
    rememberCompiled();
    let tsx;
    try {
        tsx = await import("tsx/esm/api");
        if (!OFFLINE.includes(process.argv[2])) {
            // Before tsx looks at every file that is loaded: this package has a thousand, and none is TypeScript.
            await import("@kubernetes/client-node");
        }
    } catch {
        console.error(`The packages of mesh are not installed; run "npm ci" in ${checkout} first.`);
        process.exitCode = 2;
        return;
    }
    // The checkout's own settings, whatever the directory mesh is called from.
    tsx.register({ tsconfig: join(checkout, "tsconfig.json") });
    const { main } = await import(new URL("../cli/main.ts", import.meta.url).href);
    process.exitCode = await main(process.argv.slice(2), checkout);
    // A command that has ended waits for nobody's answer any more, only for its own output and what became of it.
    process.stdout.write("", () => setImmediate(() => process.exit()));
}

/** Half of a command's start is compiling what it loads; processes that it starts remember as well. */
function rememberCompiled() {
    const configured = process.env.XDG_CACHE_HOME ?? "";
    const caches = isAbsolute(configured) ? configured : join(homedir(), ".cache");
    process.env.NODE_COMPILE_CACHE ??= join(caches, "a4co-mesh", "compiled");
    nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}
