"use strict";
// Runs as `node -e` in place of Bookinfo's images, which cannot be had without the internet. As their originals do, a
// service calls its callees for every request and passes the headers of the trace on; whatever they answer, it answers.
const http = require("node:http");

const { PORT, HEALTH_PATH, CALLEES } = process.env;
const callees = JSON.parse(CALLEES);
const PASSED_ON = ["traceparent", "tracestate", "x-request-id", "x-mesh-probe"];
const TIMEOUT_MILLISECONDS = 3000;

function call(url, headers) {
    return new Promise((resolve) => {
        http.get(url, { headers, agent: false, timeout: TIMEOUT_MILLISECONDS }, (response) => {
            response.resume().on("close", resolve);
        })
            .on("timeout", function () {
                this.destroy();
            })
            .on("error", resolve);
    });
}

const server = http.createServer(async (request, response) => {
    // What it answers to everything else is no metric, and would spoil the whole scrape.
    if (request.url.endsWith("/metrics")) {
        response.writeHead(404).end();
        return;
    }
    if (request.method === "GET" && request.url !== HEALTH_PATH) {
        const entries = Object.entries(request.headers);
        const headers = Object.fromEntries(entries.filter(([name]) => PASSED_ON.includes(name)));
        await Promise.all(callees.map((url) => call(url, headers)));
    }
    response.end("ok\n");
});
server.listen(Number(PORT));
// The first process of a container is not ended by a signal that it does not handle.
process.on("SIGTERM", () => process.exit(0));
