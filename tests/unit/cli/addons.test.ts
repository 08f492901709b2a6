import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addonList, runDashboard } from "#cli/dashboard/command.ts";
import { runGraph } from "#cli/graph/command.ts";
import { EnvironmentError } from "#errors.ts";
import { kubeConfigOf } from "#live/target.ts";

/** An API server of a cluster that has nothing. */
function emptyCluster(): Server {
    return createServer((request, response) => {
        const isVersion = request.url?.startsWith("/version") === true;
        response.writeHead(isVersion ? 200 : 404, { "content-type": "application/json" });
        response.end(
            JSON.stringify(
                isVersion
                    ? { major: "1", minor: "34" }
                    : {
                          kind: "Status",
                          message: `no ${request.url?.split("/").at(-1) ?? ""} here`,
                      },
            ),
        );
    });
}

describe("commands that need an addon, on a cluster without any", () => {
    const server = emptyCluster();
    const own = process.env["KUBECONFIG"];
    let folder = "";

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-empty-"));
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        const kubeConfig = {
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name: "empty",
                    cluster: {
                        server: `http://127.0.0.1:${port}`,
                        "insecure-skip-tls-verify": true,
                    },
                },
            ],
            users: [{ name: "somebody", user: {} }],
            contexts: [{ name: "empty", context: { cluster: "empty", user: "somebody" } }],
            "current-context": "empty",
        };
        await writeFile(join(folder, "config"), JSON.stringify(kubeConfig));
        process.env["KUBECONFIG"] = join(folder, "config");
    });
    after(async () => {
        if (own === undefined) {
            delete process.env["KUBECONFIG"];
        } else {
            process.env["KUBECONFIG"] = own;
        }
        server.close();
        await rm(folder, { recursive: true, force: true });
    });

    it("mesh graph names the key that switches Prometheus on", async () => {
        await assert.rejects(
            runGraph({ stack: "dev", window: "5m", format: "text" }),
            new EnvironmentError(
                "Prometheus at http://prometheus.istio-system:9090 cannot be asked: no prometheus here; mesh:addons.prometheus in Pulumi.dev.yaml switches it on.",
            ),
        );
    });

    it("mesh dashboard says what is not there, and that a port is the port of something", async () => {
        await assert.rejects(
            runDashboard("kiali", { stack: "dev" }),
            new EnvironmentError("kiali in istio-system cannot be reached: no kiali here."),
        );
        await assert.rejects(
            runDashboard(undefined, { stack: "dev", port: 1 }),
            new EnvironmentError(
                "--port is the port of one addon; name it: grafana, jaeger, kiali, prometheus.",
            ),
        );
    });

    it("mesh dashboard without a name says what does not run, and how to have what is not there", async () => {
        const list = await addonList(await kubeConfigOf(join(folder, "config")), "dev", {
            addons: {
                grafana: { address: "https://grafana.example.com/" },
                jaeger: { otlp: "http://collector.monitoring.svc:4317" },
                kiali: false,
                prometheus: { address: "http://prometheus.monitoring.svc:9090" },
            },
            controlPlaneNamespace: "istio-system",
        });
        assert.match(
            list,
            /^jaeger +unknown +mesh:addons\.jaeger\.query in Pulumi\.dev\.yaml says where it is$/m,
        );
        assert.match(list, /^grafana +elsewhere +https:\/\/grafana\.example\.com$/m);
        assert.match(list, /^prometheus +does not run: .+ http:\/\/prometheus\.monitoring/m);
        assert.match(list, /^kiali +off +mesh:addons\.kiali in Pulumi\.dev\.yaml switches it on$/m);
    });
});
