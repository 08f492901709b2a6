import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";
import proto from "@pulumi/pulumi/proto/resource_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";

import { encodeSecret } from "../../../local/deployer/embedded/decode.ts";
import { Engine } from "../../../local/deployer/embedded/engine.ts";
import { DeployMonitor, milliseconds } from "../../../local/deployer/embedded/monitor.ts";
import type { ResourceOutcome } from "../../../local/deployer/types.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { contextFor, FakeHelm } from "./fixtures.ts";

type Inputs = Record<string, structs.JavaScriptValue>;
interface Answer {
    readonly urn: string;
    readonly id: string;
    readonly state: Record<string, unknown>;
}

/** A monitor with an engine on a fake cluster, and a way to register resources with it as the SDK does. */
async function fixture(): Promise<{
    cluster: FakeCluster;
    engine: Engine;
    outcomes: ResourceOutcome[];
    abort: AbortController;
    register: (
        type: string,
        name: string,
        inputs: Inputs,
        set?: (request: proto.RegisterResourceRequest) => void,
    ) => Promise<Answer | "never">;
}> {
    const cluster = new FakeCluster();
    const abort = new AbortController();
    const outcomes: ResourceOutcome[] = [];
    const engine = new Engine({
        context: await contextFor(cluster),
        helm: new FakeHelm(),
        signal: abort.signal,
        done: (outcome) => outcomes.push(outcome),
    });
    const monitor = new DeployMonitor(engine, () => Promise.resolve(undefined));
    const register = (
        type: string,
        name: string,
        inputs: Inputs,
        set: (request: proto.RegisterResourceRequest) => void = () => undefined,
    ): Promise<Answer | "never"> => {
        const request = new proto.RegisterResourceRequest();
        request.setType(type);
        request.setName(name);
        request.setCustom(true);
        request.setObject(structs.Struct.fromJavaScript(inputs));
        set(request);
        const answered = new Promise<Answer>((resolve, reject) => {
            void monitor.registerResource(request, (error, raw) => {
                if (error !== null) reject(error);
                const answer = raw as proto.RegisterResourceResponse;
                const state = answer.getObject()?.toJavaScript() ?? {};
                resolve({ urn: answer.getUrn(), id: answer.getId(), state });
            });
        });
        return Promise.race([answered, engine.stopped.then(() => "never" as const)]);
    };
    return { cluster, engine, outcomes, abort, register };
}

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const configMap = (name: string, data: Inputs = {}): Inputs => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "a4co" },
    data,
});

describe("monitor of a deployment without the CLI", () => {
    it("applies a resource before it answers, with its secrets in plain", async () => {
        const { register, cluster, outcomes } = await fixture();
        const secret = encodeSecret("hunter2");
        const answer = await register(
            CONFIG_MAP,
            "cm",
            configMap("settings", { password: secret }),
        );
        ok(answer !== "never");
        strictEqual(answer.id, "a4co/settings");
        const live = cluster.get("/api/v1/namespaces/a4co/configmaps/settings");
        deepStrictEqual(live?.["data"], { password: "hunter2" });
        deepStrictEqual(answer.state["data"], encodeSecret({ password: "hunter2" }));
        deepStrictEqual(
            outcomes.map(({ name, action }) => [name, action]),
            [["cm", "created"]],
        );
    });

    it("marks as secret what the resource's options and its provider say", async () => {
        const { register } = await fixture();
        const password = "random:index/randomPassword:RandomPassword";
        const made = await register(password, "pw", { length: 8 });
        ok(made !== "never");
        ok(runtime.isRpcSecret(made.state["result"]));
        strictEqual(made.state["length"], 8);
        const marked = await register(CONFIG_MAP, "cm", configMap("a", { b: "c" }), (request) => {
            request.setAdditionalsecretoutputsList(["data"]);
        });
        ok(marked !== "never");
        ok(runtime.isRpcSecret(marked.state["data"]));
    });

    it("gives URNs as the engine does", async () => {
        const { register } = await fixture();
        const component = await register("mesh:index:Microservice", "order", {}, (request) => {
            request.setCustom(false);
            request.setParent("urn:pulumi:s::p::pulumi:pulumi:Stack::p-s");
        });
        ok(component !== "never");
        match(component.urn, /^urn:pulumi:[^:]+::[^:]+::mesh:index:Microservice::order$/);
        const child = await register(CONFIG_MAP, "order-cm", configMap("a"), (request) => {
            request.setParent(component.urn);
        });
        ok(child !== "never");
        match(child.urn, /::mesh:index:Microservice\$kubernetes:core\/v1:ConfigMap::order-cm$/);
    });

    it("takes the namespace from the provider the resource names", async () => {
        const { register, cluster } = await fixture();
        const provider = await register("pulumi:providers:kubernetes", "k", { namespace: "a4co" });
        ok(provider !== "never");
        const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } };
        await register(CONFIG_MAP, "x", inputs, (request) => {
            request.setProvider(`${provider.urn}::${provider.id}`);
        });
        ok(cluster.get("/api/v1/namespaces/a4co/configmaps/x"));
    });

    const refused: [
        string,
        string,
        Inputs,
        (request: proto.RegisterResourceRequest) => void,
        RegExp,
    ][] = [
        [
            "another provider's resource",
            "aws:s3:Bucket",
            {},
            () => undefined,
            /^b \(aws:s3:Bucket\): resource type aws:s3:Bucket is not supported without the Pulumi CLI/,
        ],
        [
            "a provider for another cluster",
            "pulumi:providers:kubernetes",
            { kubeconfig: "x" },
            () => undefined,
            /provider setting kubeconfig is not supported/,
        ],
        [
            "a component of a plugin",
            "kubernetes:helm.sh/v4:Chart",
            {},
            (request) => {
                request.setCustom(false);
                request.setRemote(true);
            },
            /remote component kubernetes:helm\.sh\/v4:Chart is not supported/,
        ],
        [
            "an import",
            CONFIG_MAP,
            configMap("a"),
            (request) => {
                request.setImportid("a4co/a");
            },
            /the option import is not supported/,
        ],
    ];
    for (const [what, type, inputs, set, message] of refused) {
        it(`refuses ${what} and ends the run`, async () => {
            const { register, engine } = await fixture();
            strictEqual(await register(type, "b", inputs, set), "never");
            match((await engine.stopped).message, message);
        });
    }

    it("starts nothing more after a failure and names every failed resource", async () => {
        const { register, engine, cluster } = await fixture();
        await register("aws:s3:Bucket", "b", {});
        cluster.writes.length = 0;
        strictEqual(await register(CONFIG_MAP, "cm", configMap("a")), "never");
        deepStrictEqual(cluster.writes, []);
        match((await engine.stopped).message, /^b \(aws:s3:Bucket\)/);
    });

    it("refuses two resources that are one thing in the cluster", async () => {
        const { register, engine } = await fixture();
        await register(CONFIG_MAP, "one", configMap("same"));
        await register(CONFIG_MAP, "two", configMap("same"));
        match(
            (await engine.stopped).message,
            /^two .*object:\/ConfigMap\/a4co\/same in the cluster is one already$/,
        );
    });

    it("knows what the program no longer asks for", async () => {
        const { register, engine, cluster } = await fixture();
        await register(CONFIG_MAP, "cm", configMap("a"));
        deepStrictEqual(engine.leavers(), []);
        const next = new Engine({
            context: await contextFor(cluster),
            helm: new FakeHelm(),
            signal: new AbortController().signal,
            done: () => undefined,
        });
        deepStrictEqual(
            next.leavers().map(({ name }) => name),
            ["cm"],
        );
    });

    it("says that it was interrupted", async () => {
        const { engine, abort } = await fixture();
        abort.abort();
        match((await engine.stopped).message, /^interrupted; what was made is recorded/);
    });
});

describe("durations of customTimeouts", () => {
    it("are Go's", () => {
        strictEqual(milliseconds("1h30m"), 5_400_000);
        strictEqual(milliseconds("1.5s"), 1_500);
        strictEqual(milliseconds("250ms"), 250);
        strictEqual(milliseconds(""), undefined);
        throws(() => milliseconds("ten minutes"), /"ten minutes" is not a duration/);
    });
});
