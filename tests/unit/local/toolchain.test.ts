import assert from "node:assert/strict";

import { findMirror } from "../../../local/apt.ts";
import { withVersion } from "../../../local/charts.ts";
import { isNewEnough } from "../../../local/go.ts";
import { whyNotHere } from "../../../local/machine.ts";
import type { Machine } from "../../../local/machine.ts";
import { commandName, groupOf, TOOL_GROUPS } from "../../../local/tools.ts";

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
        assert.equal(tools.length, 17);
    });

    it("builds what only some commands need apart from what every cluster needs", () => {
        assert.deepEqual(Object.keys(groupOf("istioctl").packages), ["istioctl"]);
        assert.deepEqual(Object.keys(groupOf("kubectl").packages), ["kubectl"]);
        assert.equal(groupOf("kubelet"), groupOf("kube-apiserver"));
    });

    it("knows the file name that Go gives a command", () => {
        assert.equal(commandName("go.etcd.io/etcd/server/v3"), "server");
        assert.equal(commandName("k8s.io/kubernetes/cmd/kubelet"), "kubelet");
        assert.equal(commandName("go.k6.io/k6"), "k6");
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
