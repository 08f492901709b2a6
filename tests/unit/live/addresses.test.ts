import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { unlessOutOfReach } from "#checks/sections/telemetry/out-of-reach.ts";
import { getAt, OutOfReachError } from "#live/addresses.ts";
import { Prometheus, samplesIn } from "#live/prometheus.ts";

const ANSWER = {
    status: "success",
    data: { result: [{ metric: { pod: "order" }, value: [1, "2"] }] },
};

/** Somebody else's server, which wants a name of whoever asks for /closed. */
async function withServer(use: (address: string) => Promise<void>): Promise<void> {
    const server = createServer(({ url = "" }, response) => {
        response.statusCode = url.startsWith("/closed") ? 401 : 200;
        response.end(JSON.stringify(ANSWER));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
        await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
    }
}

describe("an address outside the cluster", () => {
    it("is asked directly, below its own path", () =>
        withServer(async (address) => {
            const prometheus = new Prometheus(new KubeConfig(), `${address}/metrics`);
            const [sample] = samplesIn(await prometheus.query("up"));
            deepStrictEqual(sample?.metric, { pod: "order" });
        }));

    it("is out of reach where it wants to know who asks", () =>
        withServer(async (address) => {
            await rejects(
                getAt(new KubeConfig(), address, "/closed"),
                /^EnvironmentError: 127\.0\.0\.1:\d+ answers 401 to whoever does not sign in$/,
            );
        }));

    it("is out of reach where nothing answers", async () => {
        let free = "";
        await withServer((address) => {
            free = address;
            return Promise.resolve();
        });
        await rejects(getAt(new KubeConfig(), free, "/"), OutOfReachError);
        const outcome = await unlessOutOfReach(async () => {
            await getAt(new KubeConfig(), free, "/");
            throw new Error("it answered");
        });
        strictEqual(outcome.status, "skipped");
        match(outcome.reason, /does not answer this machine: connect ECONNREFUSED/);
    });
});

describe("a Service with TLS", () => {
    it("is out of reach of a port-forward", async () => {
        await rejects(
            getAt(new KubeConfig(), "https://prometheus.monitoring.svc:9090", "/api"),
            /prometheus\.monitoring\.svc:9090 wants TLS, which a port-forward does not offer/,
        );
    });
});
