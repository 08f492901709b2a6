import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCanary } from "#cli/canary/command.ts";
import { runChaos } from "#cli/chaos/command.ts";
import { clusterOf } from "#cli/deployment-route.ts";
import { stackAnnotations } from "#model/baseline.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import { configOf, withServer } from "../network/stand-in.ts";

/** An API server of a cluster that is another one at each look, and of the last kind from then on. */
class Cluster {
    readonly #kinds: string[];
    readonly writes: string[] = [];
    looks = 0;

    constructor(kinds: readonly string[]) {
        this.#kinds = [...kinds];
    }

    answer(method: string, url: string): object {
        if (method !== "GET") {
            this.writes.push(`${method} ${url}`);
        }
        if (url.includes("/virtualservices/")) {
            return { spec: { http: [{ delegate: { name: "payment-service-experiment" } }] } };
        }
        return { items: url.includes("/telemetries") ? [this.#telemetry()] : [] };
    }

    #telemetry(): object {
        this.looks += 1;
        const kind = (this.#kinds.length > 1 ? this.#kinds.shift() : this.#kinds[0]) ?? "";
        const annotations = stackAnnotations(kind, kind);
        const name = BASELINE_NAMES.telemetry;
        return { metadata: { name, namespace: "istio-system", annotations } };
    }
}

const CHAOS = (): Promise<unknown> =>
    runChaos("delay", "payment-service", { stack: "dev", share: 50, for: 5 });
const CANARY = (): Promise<unknown> =>
    runCanary("start", "order-service", { stack: "dev", image: "x/y:2" }, process.cwd());

const REFUSED: readonly (readonly [
    string,
    () => Promise<unknown>,
    kinds: readonly string[],
    RegExp,
])[] = [
    ["mesh chaos on prod", CHAOS, ["prod"], /^This cluster is prod/],
    ["mesh chaos on what becomes prod", CHAOS, ["dev", "prod"], /^This cluster is prod/],
    ["mesh chaos on staging", CHAOS, ["staging"], /^This cluster holds stack "staging"/],
    ["mesh canary of dev on prod", CANARY, ["prod"], /^This cluster holds stack "prod"/],
];

describe("with --stack dev, a command that changes something", () => {
    let folder = "";
    const own = process.env["KUBECONFIG"];

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-target-"));
        process.env["KUBECONFIG"] = join(folder, "config");
    });

    after(async () => {
        if (own === undefined) {
            delete process.env["KUBECONFIG"];
        } else {
            process.env["KUBECONFIG"] = own;
        }
        await rm(folder, { recursive: true });
    });

    for (const [what, command, kinds, message] of REFUSED) {
        it(`changes nothing: ${what}`, async () => {
            const cluster = new Cluster(kinds);
            await withServer(
                ({ method = "", url = "" }, response) => {
                    response.writeHead(200, { "content-type": "application/json" });
                    response.end(JSON.stringify(cluster.answer(method, url)));
                },
                async (server) => {
                    await writeFile(join(folder, "config"), configOf(server).exportConfig());
                    await assert.rejects(command(), { name: "EnvironmentError", message });
                },
            );
            assert.equal(cluster.looks, kinds.length);
            assert.deepEqual(cluster.writes, []);
        });
    }

    it("goes to the cluster that the stack is deployed to, and to no other", async () => {
        await writeFile(join(folder, "config"), configOf("http://127.0.0.1:9").exportConfig());
        assert.equal((await clusterOf("dev")).context, "stand-in");
        assert.equal((await clusterOf("dev", "stand-in")).context, "stand-in");
        await assert.rejects(clusterOf("dev", "other"), {
            name: "EnvironmentError",
            message:
                /^Stack dev is deployed to context "stand-in", not to "other"; kubernetes:context/,
        });
    });
});
