import { deepStrictEqual, ok, strictEqual } from "node:assert";
import type { Component, NodeToolPaths } from "#local/node/components.ts";
import { components, nodeTools } from "#local/node/components.ts";
import { addresses, defaultPorts, RUN_DIR, STATE_DIR } from "#local/node/layout.ts";
import { runScript } from "#local/node/runit.ts";
import { shellJoin, shellQuote } from "#local/node/shell.ts";
import { parseStatus } from "#local/node/supervisor.ts";

const tools = Object.fromEntries(
    nodeTools.map((tool) => [tool, `/cache/${tool}`]),
) as NodeToolPaths;
const list = components({ tools, ports: defaultPorts });

function named(name: string): Component {
    const found = list.find((component) => component.name === name);
    ok(found, `there is no component ${name}`);
    return found;
}

describe("components of the node", () => {
    it("are the whole of a Kubernetes node and three forwarded ports", () => {
        deepStrictEqual(
            list.map(({ name }) => name),
            [
                "etcd",
                "kube-apiserver",
                "kube-controller-manager",
                "kube-scheduler",
                "containerd",
                "kubelet",
                "kube-proxy",
                "forward-api-server-node",
                "forward-api-server",
                "forward-gateway-http-node",
                "forward-gateway-http",
                "forward-gateway-https-node",
                "forward-gateway-https",
            ],
        );
    });

    it("are the same for the same input", () => {
        deepStrictEqual(components({ tools, ports: defaultPorts }), list);
    });

    it("run in the node's namespaces, except what listens for the machine", () => {
        deepStrictEqual(
            list.filter(({ place }) => place === "machine").map(({ name }) => name),
            ["forward-api-server", "forward-gateway-http", "forward-gateway-https"],
        );
    });

    it("use absolute binaries and keep every path of theirs below the node's directories", () => {
        for (const { name, argv, reads } of list) {
            ok(argv[0].startsWith("/"), `${name} is started from PATH`);
            for (const path of [...argv.slice(1), ...reads].flatMap(
                (word) => /(?:^|[=:])(\/[^/,][^,]*)/.exec(word)?.[1] ?? [],
            )) {
                ok(path.startsWith(STATE_DIR) || path.startsWith(RUN_DIR), `${name} uses ${path}`);
            }
        }
    });

    it("listen on the loopback address only, on the machine's side", () => {
        for (const { name, argv } of list.filter(({ place }) => place === "machine")) {
            ok(
                argv.some((word) => word.includes("bind=127.0.0.1")),
                name,
            );
        }
    });

    it("ask for the authorizers and the client authentication a cluster must have", () => {
        const api = named("kube-apiserver").argv;
        ok(api.includes("--authorization-mode=Node,RBAC"));
        ok(api.includes("--enable-admission-plugins=NodeRestriction"));
        ok(api.includes(`--advertise-address=${addresses.node}`));
        ok(api.includes("--kubelet-preferred-address-types=InternalIP"));
        ok(named("etcd").argv.includes("--client-cert-auth=true"));
    });

    it("follow the ports the user chose", () => {
        const other = components({ tools, ports: { api: 1111, http: 2222, https: 3333 } });
        const listening = other
            .flatMap(({ argv }) => argv)
            .filter((word) => word.startsWith("TCP-LISTEN:"));
        deepStrictEqual(
            listening.map((word) => /^TCP-LISTEN:(\d+),/.exec(word)?.[1]),
            ["1111", "2222", "3333"],
        );
    });
});

describe("run script of a component", () => {
    it("enters both namespaces and becomes the component", () => {
        const lines = runScript(named("etcd"), "0123").trimEnd().split("\n");
        strictEqual(lines[0], "#!/bin/sh");
        ok(
            lines
                .at(-1)
                ?.startsWith(
                    "exec nsenter --net=/run/netns/a4co-mesh --mount=/run/a4co-mesh/ns/mnt -- /cache/etcd --name=a4co-mesh ",
                ),
        );
    });

    it("stays on the machine for a forwarder", () => {
        ok(!runScript(named("forward-api-server"), "0123").includes("nsenter"));
    });

    it("changes with the configuration it reads, and only then", () => {
        const kubelet = named("kubelet");
        strictEqual(runScript(kubelet, "a"), runScript(kubelet, "a"));
        ok(runScript(kubelet, "a") !== runScript(kubelet, "b"));
    });

    it("quotes what a shell would take apart", () => {
        strictEqual(shellQuote("it's"), `'it'\\''s'`);
        strictEqual(shellJoin(["a", "b c", "$d", ""]), "a 'b c' '$d' ''");
    });
});

describe("sv status", () => {
    it("is read for running, stopped and unsupervised services", () => {
        const text = [
            `run: ${STATE_DIR}/service/etcd: (pid 25271) 13s; run: log: (pid 22708) 1007s`,
            `down: ${STATE_DIR}/service/kubelet: 4s, normally up, want up; run: log: (pid 1) 9s`,
            `fail: ${STATE_DIR}/service/containerd: runsv not running`,
        ].join("\n");
        deepStrictEqual(parseStatus(["containerd", "etcd", "kubelet", "kube-proxy"], text), [
            { name: "containerd", state: "unsupervised" },
            { name: "etcd", state: "run", pid: 25271, seconds: 13 },
            { name: "kubelet", state: "down", seconds: 4 },
            { name: "kube-proxy", state: "unsupervised" },
        ]);
    });
});
