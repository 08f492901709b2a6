import assert from "node:assert/strict";
import type { RequestOptions } from "node:https";
import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import { ClusterConfig } from "#network/cluster-config.ts";

const [FIRST = "", SECOND = ""] = rootCertificates;

/** A kubeconfig with two clusters, each of its own authority, and one behind a proxy. */
function kubeConfig(): ClusterConfig {
    const clusters = [
        { name: "first", caData: FIRST },
        { name: "second", caData: SECOND },
        { name: "proxied", caData: FIRST, proxyUrl: "http://proxy.example:3128" },
    ].map(({ name, caData, ...proxy }) => ({
        ...{ name, server: `https://${name}.example:6443`, skipTLSVerify: false, ...proxy },
        caData: Buffer.from(caData).toString("base64"),
    }));
    const config = new ClusterConfig();
    config.loadFromOptions({
        clusters,
        users: [
            { name: "one", token: "a" },
            { name: "other", token: "b" },
        ],
        contexts: clusters.flatMap(({ name }) =>
            ["one", "other"].map((user) => ({ name: `${user} of ${name}`, cluster: name, user })),
        ),
        currentContext: "one of first",
    });
    return config;
}

describe("connections to the API server", () => {
    const applied = async (
        config: ClusterConfig,
        context: string,
        method = "GET",
    ): Promise<RequestOptions> => {
        config.setCurrentContext(context);
        const options: RequestOptions = { method };
        await config.applyToHTTPSOptions(options);
        return options;
    };

    it("are shared by reading requests that trust the same authority, each with its own user", async () => {
        const config = kubeConfig();
        const one = await applied(config, "one of first");
        const other = await applied(config, "other of first");
        assert.ok(one.agent instanceof Agent);
        assert.equal(one.agent, other.agent);
        assert.equal(one.agent.options.keepAlive, true);
        assert.deepEqual(
            [one, other].map(({ headers }) => JSON.stringify(headers).includes("Bearer a")),
            [true, false],
        );
    });

    it("are others to another cluster, for what changes something, and the client's own through a proxy", async () => {
        const config = kubeConfig();
        const { agent } = await applied(config, "one of first");
        assert.notEqual((await applied(config, "one of second")).agent, agent);
        assert.notEqual((await applied(config, "one of first", "POST")).agent, agent);
        const proxied = await applied(config, "one of proxied");
        assert.notEqual(proxied.agent?.constructor, Agent);
        assert.notEqual((await applied(config, "one of proxied")).agent, proxied.agent);
    });
});
