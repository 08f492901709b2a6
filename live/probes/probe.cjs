"use strict";
// Runs inside a probe pod as `node -e`: reads one line of JSON, makes the requests in it, prints one line of JSON.
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const readline = require("node:readline");

const BODY_LIMIT = 16 * 1024;

/** The path goes out as it was given: a client that tidied it would hide what a path trick reaches. */
function request(probe) {
    return new Promise((resolve) => {
        const started = Date.now();
        const done = (outcome) =>
            resolve({ id: probe.id, milliseconds: Date.now() - started, ...outcome });
        const { tls } = probe;
        let session;
        const failed = (error) =>
            done({
                error: error.code ?? error.message,
                detail: error.message,
                ...(session && { tls: session }),
            });
        const outgoing = (tls ? https : http).request(
            {
                host: probe.host,
                port: probe.port,
                path: probe.path,
                method: probe.method,
                headers: probe.headers,
                agent: false,
                timeout: probe.timeoutMilliseconds,
                ...(tls && { rejectUnauthorized: false, ...tls }),
            },
            (response) => {
                let body = "";
                response.setEncoding("utf8");
                response.on("data", (chunk) => {
                    body = (body + chunk).slice(0, BODY_LIMIT);
                });
                response.on("error", failed);
                response.on("end", () =>
                    done({
                        status: response.statusCode,
                        headers: response.headers,
                        body,
                        ...(session && { tls: session }),
                    }),
                );
            },
        );
        outgoing.once("socket", (socket) =>
            socket.once("secureConnect", () => {
                const { raw } = socket.getPeerCertificate();
                session = { protocol: socket.getProtocol(), certificate: raw.toString("base64") };
            }),
        );
        outgoing.on("timeout", () =>
            outgoing.destroy(Object.assign(new Error("timeout"), { code: "TIMEOUT" })),
        );
        outgoing.on("error", failed);
        outgoing.end(probe.body);
    });
}

/** A server that speaks first answers a refused client too, so the expected text must follow what was sent. */
function conversation(probe) {
    return new Promise((resolve) => {
        const started = Date.now();
        let received = "";
        const socket = net.connect({ host: probe.host, port: probe.port });
        const done = (outcome) => {
            socket.destroy();
            resolve({ id: probe.id, milliseconds: Date.now() - started, received, ...outcome });
        };
        socket.setTimeout(probe.timeoutMilliseconds, () => done({ error: "TIMEOUT" }));
        socket.on("connect", () => socket.write(probe.send));
        socket.on("data", (chunk) => {
            received = (received + chunk.toString()).slice(0, BODY_LIMIT);
            if (received.includes(probe.expect)) {
                done({ matched: true });
            }
        });
        socket.on("error", (error) => done({ error: error.code ?? error.message }));
        socket.on("close", () => done({ error: "CLOSED" }));
    });
}

async function main(line) {
    const { probes, parallel } = JSON.parse(line);
    const results = [];
    const queue = [...probes];
    const worker = async () => {
        for (let probe = queue.shift(); probe !== undefined; probe = queue.shift()) {
            results.push(await (probe.send === undefined ? request(probe) : conversation(probe)));
        }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    process.stdout.write(`${JSON.stringify(results)}\n`, () => process.exit(0));
}

readline.createInterface({ input: process.stdin }).once("line", (line) => void main(line));
