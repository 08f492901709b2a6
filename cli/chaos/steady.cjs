"use strict";
// Runs inside a probe pod as `node -e`: reads one line of JSON, makes one request at a fixed rate whatever the answers
// take, and prints one line of JSON for each as it ends.
const http = require("node:http");
const https = require("node:https");
const readline = require("node:readline");
const { setTimeout: sleep } = require("node:timers/promises");

function request(target, print) {
    return new Promise((resolve) => {
        const at = Date.now();
        const done = (outcome) => {
            print({ at, milliseconds: Date.now() - at, ...outcome });
            resolve();
        };
        const { tls } = target;
        const outgoing = (tls ? https : http).request(
            {
                host: target.host,
                port: target.port,
                path: target.path,
                method: target.method,
                headers: target.headers,
                agent: false,
                timeout: target.timeoutMilliseconds,
                ...(tls && { rejectUnauthorized: false, ...tls }),
            },
            (response) => {
                response.resume();
                response.on("error", (error) => done({ error: error.code ?? error.message }));
                response.on("end", () => done({ status: response.statusCode }));
            },
        );
        outgoing.on("timeout", () =>
            outgoing.destroy(Object.assign(new Error("timeout"), { code: "TIMEOUT" })),
        );
        outgoing.on("error", (error) => done({ error: error.code ?? error.message }));
        outgoing.end(target.body);
    });
}

async function main(line) {
    const { target, ratePerSecond, seconds } = JSON.parse(line);
    const print = (result) => process.stdout.write(`${JSON.stringify(result)}\n`);
    const count = Math.floor(ratePerSecond * seconds);
    const begun = Date.now();
    const running = [];
    for (let number = 0; number < count; number += 1) {
        const due = begun + (number * 1000) / ratePerSecond;
        await sleep(Math.max(0, due - Date.now()));
        running.push(request(target, print));
    }
    await Promise.all(running);
    process.stdout.write("", () => process.exit(0));
}

readline.createInterface({ input: process.stdin }).once("line", (line) => void main(line));
