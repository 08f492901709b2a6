import {
    deepStrictEqual,
    notStrictEqual,
    ok,
    rejects,
    strictEqual,
    throws,
} from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chartDigest, locateChart } from "../../../local/deployer/embedded/chart.ts";
import type { ReleaseSpec } from "../../../local/deployer/embedded/helm-spec.ts";
import { parseRelease, upgradeArguments } from "../../../local/deployer/embedded/helm-spec.ts";
import { manifestObjects } from "../../../local/deployer/embedded/helm-storage.ts";
import { helmEnvironment, helmMessage } from "../../../local/deployer/embedded/helm.ts";

const parse = (inputs: Record<string, unknown>): ReleaseSpec =>
    parseRelease(inputs, { name: () => "auto-1", namespace: "default" });

describe("arguments of helm", () => {
    it("states release, chart, namespace, values by file, and waits", () => {
        const spec = parse({
            chart: "./base",
            name: "istio-base",
            namespace: "istio-system",
            version: "1.31.1",
        });
        const chart = { reference: "/charts/base", isLocal: true };
        deepStrictEqual(upgradeArguments(spec, chart, ["/private/1.yaml"]), [
            ..."upgrade istio-base /charts/base --install --namespace istio-system".split(" "),
            ..."--values /private/1.yaml --wait --timeout 300s".split(" "),
        ]);
    });

    it("passes every option the program can set", () => {
        const spec = parse({
            chart: "istiod",
            version: "1.31.1",
            repositoryOpts: { repo: "https://charts.example", caFile: "/ca" },
            atomic: true,
            cleanupOnFail: true,
            createNamespace: true,
            dependencyUpdate: true,
            description: "d",
            devel: true,
            disableOpenapiValidation: true,
            disableWebhooks: true,
            forceUpdate: true,
            maxHistory: 3,
            renderSubchartNotes: true,
            resetValues: true,
            reuseValues: true,
            skipCrds: true,
            timeout: 90,
            waitForJobs: true,
        });
        const chart = { reference: "istiod", repository: "https://charts.example", isLocal: false };
        deepStrictEqual(upgradeArguments(spec, chart, []), [
            ..."upgrade auto-1 istiod --install --namespace default".split(" "),
            ..."--repo https://charts.example --version 1.31.1".split(" "),
            ..."--wait --wait-for-jobs --timeout 90s --atomic --cleanup-on-fail".split(" "),
            ..."--create-namespace --dependency-update --description d --devel".split(" "),
            ..."--disable-openapi-validation --no-hooks --force --history-max 3".split(" "),
            ..."--render-subchart-notes --reset-values --reuse-values --skip-crds --ca-file /ca".split(
                " ",
            ),
        ]);
    });

    it("does not wait where the program says so", () => {
        const spec = parse({ chart: "x", skipAwait: true, waitForJobs: true });
        const args = upgradeArguments(spec, { reference: "x", isLocal: true }, []);
        deepStrictEqual(
            args.filter((arg) => arg.startsWith("--wait")),
            [],
        );
    });

    it("has neither values nor credentials among them", () => {
        const spec = parse({
            chart: "x",
            values: { password: "hunter2" },
            repositoryOpts: {
                repo: "https://charts.example",
                username: "alice",
                password: "swordfish",
            },
        });
        const args = upgradeArguments(spec, { reference: "x", isLocal: false }, []).join(" ");
        for (const secret of ["hunter2", "alice", "swordfish"]) ok(!args.includes(secret), secret);
    });

    it("refuses an input it would otherwise ignore, and names each", () => {
        throws(() => parse({ chart: "x", postrender: "cmd", keyring: "k", timeout: "5m" }), {
            name: "DeployError",
            message:
                "timeout: Invalid input: expected number, received string; " +
                "postrender, keyring: not supported without the Pulumi CLI",
        });
    });

    it("takes a timeout of zero for Pulumi's default", () => {
        strictEqual(parse({ chart: "x", timeout: 0 }).timeout, 300);
    });
});

describe("charts", () => {
    let folder = "";
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "a4co-mesh-test-"));
        await mkdir(join(folder, "chart", "templates"), { recursive: true });
        await writeFile(join(folder, "chart", "Chart.yaml"), "name: x");
    });
    after(() => rm(folder, { recursive: true, force: true }));

    const locate = (chart: string, repo?: string): ReturnType<typeof locateChart> =>
        locateChart({ chart, repositoryOpts: repo === undefined ? {} : { repo } }, folder);

    it("are found in a folder, a repository or a registry", async () => {
        deepStrictEqual(await locate("./chart"), {
            reference: join(folder, "chart"),
            isLocal: true,
        });
        deepStrictEqual(await locate("istiod", "https://c.example"), {
            reference: "istiod",
            repository: "https://c.example",
            isLocal: false,
        });
        const oci = { reference: "oci://ghcr.io/istio/charts/istiod", isLocal: false };
        deepStrictEqual(await locate("istiod", "oci://ghcr.io/istio/charts/"), oci);
        deepStrictEqual(await locate(oci.reference), oci);
    });

    it("that are nowhere are refused with what was looked for", async () => {
        await rejects(
            locate("./nothing"),
            /its chart \.\/nothing is no folder or archive in .* and names no repository/,
        );
    });

    it("have a digest that follows content and names of files", async () => {
        const chart = await locate("./chart");
        const digests = new Set([await chartDigest(chart, undefined)]);
        await writeFile(join(folder, "chart", "templates", "a.yaml"), "a: 1");
        digests.add(await chartDigest(chart, undefined));
        await writeFile(join(folder, "chart", "templates", "a.yaml"), "a: 2");
        digests.add(await chartDigest(chart, undefined));
        await rm(join(folder, "chart", "templates", "a.yaml"));
        await writeFile(join(folder, "chart", "templates", "b.yaml"), "a: 2");
        digests.add(await chartDigest(chart, undefined));
        strictEqual(digests.size, 4);
        strictEqual(await chartDigest(chart, "1"), await chartDigest(chart, "2"));
    });

    it("from elsewhere are known by their version, and unknown without one", async () => {
        const chart = await locate("istiod", "https://c.example");
        strictEqual(await chartDigest(chart, undefined), undefined);
        notStrictEqual(await chartDigest(chart, "1.31.0"), await chartDigest(chart, "1.31.1"));
        ok(
            await chartDigest(
                { reference: "oci://r.example:5000/c/istiod:1.31.1", isLocal: false },
                undefined,
            ),
        );
        const unpinned = { reference: "oci://r.example:5000/c/istiod", isLocal: false };
        strictEqual(await chartDigest(unpinned, undefined), undefined);
    });
});

describe("helm's surroundings", () => {
    it("are its own folders and the one kubeconfig", () => {
        const mine = {
            PATH: "/bin",
            HELM_NAMESPACE: "other",
            HELM_KUBETOKEN: "x",
            KUBECONFIG: "/theirs",
        };
        deepStrictEqual(helmEnvironment(mine, "/tmp/h", "/kubeconfig"), {
            PATH: "/bin",
            HELM_CONFIG_HOME: "/tmp/h/config",
            HELM_CACHE_HOME: "/tmp/h/cache",
            HELM_DATA_HOME: "/tmp/h/data",
            KUBECONFIG: "/kubeconfig",
        });
    });

    it("leave its last words as the error", () => {
        const stderr = "WARNING: x\nError: UPGRADE FAILED: context deadline exceeded\n";
        strictEqual(helmMessage(stderr, "failed"), "helm: context deadline exceeded");
        strictEqual(helmMessage("", "it failed"), "helm: it failed");
    });
});

describe("objects of a manifest", () => {
    it("are named without reading the rest", () => {
        const manifest = [
            "---",
            "# Source: x/templates/a.yaml",
            "apiVersion: v1",
            "kind: ConfigMap",
            "metadata:",
            "  name: a",
            "  namespace: istio-system",
            "data:",
            "  text: |",
            "    kind: Nonsense",
            "    [ not yaml",
            "---",
            "---",
            "kind: List",
            "apiVersion: v1",
            "items:",
            "  - {apiVersion: v1, kind: Secret, metadata: {name: b}}",
            "--- # last",
            '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c"}}',
        ].join("\n");
        deepStrictEqual(manifestObjects(manifest), [
            { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "istio-system" },
            { apiVersion: "v1", kind: "Secret", name: "b" },
            { apiVersion: "v1", kind: "Service", name: "c" },
        ]);
    });
});
