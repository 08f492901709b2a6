import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { applyRelease, RELEASE_TYPE } from "../../../local/deployer/embedded/helm-release.ts";
import type { JsonObject } from "../../../local/deployer/embedded/json.ts";
import type { Applied } from "../../../local/deployer/embedded/resource.ts";
import { DeployError } from "../../../local/deployer/types.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { contextFor, FakeHelm, requestFor } from "./fixtures.ts";

const SECRETS = "/api/v1/namespaces/istio-system/secrets";
const MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n";

/** A cluster with a Helm that stores releases in it as the real one does. */
class Fixture {
    readonly cluster = new FakeCluster();
    readonly helm = new FakeHelm();
    lines: string[] = [];
    folder = "";

    constructor() {
        this.helm.behave = ([verb, name = ""]) => {
            if (verb === "upgrade") this.store(name, this.#newest(name) + 1, "deployed");
            if (verb === "uninstall") this.#forget(name);
        };
    }

    store(name: string, revision: number, status: string): void {
        const release = {
            chart: { metadata: { name: "istiod", version: "1.31.1", appVersion: "1.31.1" } },
            manifest: MANIFEST,
        };
        const inner = gzipSync(JSON.stringify(release)).toString("base64");
        this.cluster.put(`${SECRETS}/${name}.v${revision}`, {
            metadata: {
                name: `${name}.v${revision}`,
                labels: { owner: "helm", name, status, version: String(revision) },
            },
            data: { release: Buffer.from(inner).toString("base64") },
        });
        const metadata = { name: "istio", namespace: "istio-system" };
        this.cluster.put(this.object, { apiVersion: "v1", kind: "ConfigMap", metadata });
    }

    readonly object = "/api/v1/namespaces/istio-system/configmaps/istio";

    async apply(values: JsonObject = { replicas: 1 }, more: JsonObject = {}): Promise<Applied> {
        const context = await contextFor(this.cluster, this.folder);
        this.lines = context.lines;
        const inputs = { chart: ".", name: "istiod", namespace: "istio-system", values, ...more };
        return applyRelease(
            { ...context, helm: this.helm },
            requestFor(RELEASE_TYPE, "istiod", inputs),
        );
    }

    verbs(): string[] {
        return this.helm.runs.map(([verb = ""]) => verb);
    }

    #newest(name: string): number {
        const versions = [...this.cluster.objects.keys()]
            .filter((path) => path.startsWith(`${SECRETS}/${name}.v`))
            .map((path) => Number(path.split(".v").at(-1)));
        return Math.max(0, ...versions);
    }

    #forget(name: string): void {
        for (const path of [...this.cluster.objects.keys()]) {
            if (path.startsWith(`${SECRETS}/${name}.v`)) this.cluster.objects.delete(path);
        }
    }
}

describe("applying a release", () => {
    let fixture: Fixture;
    beforeEach(async () => {
        fixture = new Fixture();
        fixture.folder = await mkdtemp(join(tmpdir(), "a4co-mesh-test-"));
        await writeFile(join(fixture.folder, "Chart.yaml"), "name: istiod");
    });
    afterEach(() => rm(fixture.folder, { recursive: true, force: true }));

    it("installs it with the values in a file and returns the status Pulumi returns", async () => {
        const { id, action, state } = await fixture.apply();
        deepStrictEqual([id, action], ["istio-system/istiod", "created"]);
        deepStrictEqual(state["status"], {
            name: "istiod",
            namespace: "istio-system",
            status: "deployed",
            revision: 1,
            chart: "istiod",
            version: "1.31.1",
            appVersion: "1.31.1",
        });
        deepStrictEqual(fixture.helm.files, ['{"replicas":1}']);
    });

    it("does not call Helm for one that is as recorded", async () => {
        await fixture.apply();
        strictEqual((await fixture.apply()).action, "unchanged");
        deepStrictEqual(fixture.verbs(), ["upgrade"]);
    });

    it("upgrades it for other values and for another chart", async () => {
        await fixture.apply();
        strictEqual((await fixture.apply({ replicas: 2 })).action, "changed");
        await writeFile(join(fixture.folder, "values.yaml"), "x: 1");
        strictEqual((await fixture.apply({ replicas: 2 })).action, "changed");
        strictEqual((await fixture.apply({ replicas: 2 })).action, "unchanged");
        deepStrictEqual(fixture.verbs(), ["upgrade", "upgrade", "upgrade"]);
    });

    it("repairs one of which an object was deleted", async () => {
        await fixture.apply();
        fixture.cluster.objects.delete(fixture.object);
        strictEqual((await fixture.apply()).action, "changed");
        deepStrictEqual(fixture.verbs(), ["upgrade", "upgrade"]);
    });

    it("installs one again that somebody uninstalled", async () => {
        await fixture.apply();
        fixture.cluster.objects.delete(`${SECRETS}/istiod.v1`);
        strictEqual((await fixture.apply()).action, "created");
    });

    const interrupted: [string, [number, string][], string[]][] = [
        ["a first install that was killed", [[1, "pending-install"]], ["uninstall", "upgrade"]],
        [
            "an upgrade that was killed",
            [
                [1, "deployed"],
                [2, "pending-upgrade"],
            ],
            ["rollback", "upgrade"],
        ],
        ["a removal that was killed", [[1, "uninstalling"]], ["uninstall", "upgrade"]],
        ["an install that failed", [[1, "failed"]], ["upgrade"]],
    ];
    for (const [what, revisions, verbs] of interrupted) {
        it(`goes on after ${what}`, async () => {
            for (const [revision, status] of revisions) fixture.store("istiod", revision, status);
            await fixture.apply();
            deepStrictEqual(fixture.verbs(), verbs);
        });
    }

    it("rolls an interrupted upgrade back to the revision that was deployed", async () => {
        fixture.store("istiod", 3, "superseded");
        fixture.store("istiod", 4, "deployed");
        fixture.store("istiod", 5, "pending-upgrade");
        await fixture.apply();
        deepStrictEqual(fixture.helm.runs[0], [
            "rollback",
            "istiod",
            "4",
            "--namespace",
            "istio-system",
        ]);
        match(fixture.lines[0] ?? "", /^Release istiod was left pending-upgrade/);
    });

    it("is not unchanged after a run that failed", async () => {
        await fixture.apply();
        const { behave } = fixture.helm;
        fixture.helm.behave = () => {
            throw new DeployError("helm: context deadline exceeded");
        };
        await rejects(fixture.apply({ replicas: 2 }), {
            message: "helm: context deadline exceeded",
        });
        fixture.helm.behave = behave;
        strictEqual((await fixture.apply({ replicas: 2 })).action, "changed");
    });

    it("is tried again while the cluster cannot be reached, and only then", async () => {
        const { behave } = fixture.helm;
        let left = 1;
        fixture.helm.behave = (args) => {
            left -= 1;
            if (left === 0) throw new DeployError("helm: Kubernetes cluster unreachable: EOF");
            behave(args);
        };
        strictEqual((await fixture.apply()).action, "created");
        deepStrictEqual(fixture.verbs(), ["upgrade", "upgrade"]);
    });

    it("with a chart of no fixed version is upgraded each time", async () => {
        const remote = { chart: "istiod", repositoryOpts: { repo: "https://charts.example" } };
        await fixture.apply({}, remote);
        strictEqual((await fixture.apply({}, remote)).action, "changed");
        const pinned = { ...remote, version: "1.31.1" };
        await fixture.apply({}, pinned);
        strictEqual((await fixture.apply({}, pinned)).action, "unchanged");
    });
});
