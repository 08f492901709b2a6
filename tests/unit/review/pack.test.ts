import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparePack, judge, packViolations, rulesGone } from "#review/pack.ts";
import type { Judged } from "#review/pack.ts";
import { packConfiguration } from "#review/pack-configuration.ts";
import { Reading } from "#review/subject/resources.ts";
import { subjectOf } from "./subject.ts";

const STRICT = "istio-peer-authentication-enforce-strict";
const NAMESPACE = `{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { istio-injection: enabled } } }`;
const IMAGE = "docker.io/shop/cart:1.0.0";

function deployment(name: string, image: string): string {
    return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
    template:
        metadata: { labels: { app: ${name} } }
        spec: { serviceAccountName: ${name}, containers: [{ name: app, image: "${image}" }] }
`;
}

function peer(mode: string, annotations = "{}"): string {
    return `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: shop, annotations: ${annotations} }
spec: { mtls: { mode: ${mode} } }
`;
}

describe("the pack at two revisions", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-pack-test-"));
    });
    after(() => rm(folder, { recursive: true }));

    const judged = async (yaml: readonly string[], config: object = {}): Promise<Judged> => {
        const file = join(folder, "config.json");
        await writeFile(file, JSON.stringify(config));
        return judge(subjectOf(...yaml), await packConfiguration(file), new Reading());
    };
    const weaker = (before: Judged, after: Judged): string[] =>
        comparePack(before, after).flatMap((change) =>
            change.weaker === undefined ? [] : [change.text],
        );
    const DIGEST = `${IMAGE}@sha256:${"a".repeat(64)}`;

    it("tells what is violated anew from what the base violates as well", async () => {
        const before = await judged([NAMESPACE, peer("PERMISSIVE")]);
        const after = await judged([NAMESPACE, peer("PERMISSIVE"), deployment("cart", IMAGE)]);
        const found = packViolations(after, before);
        const isNew = (rule: string) =>
            found.filter((one) => one.rule === rule).map((one) => one.isNew);
        assert.deepEqual(isNew(STRICT), [false]);
        assert.deepEqual(isNew("istio-workload-configure-image-digest"), [true]);
        assert.ok(packViolations(after).every((one) => one.isNew === undefined));
    });

    it("counts advice as weaker about what was there, and not about what is new", async () => {
        const rule = /^Deployment shop\/cart: .*whatever its tag stands for/;
        const bare = await judged([NAMESPACE, peer("STRICT")]);
        const pinned = await judged([NAMESPACE, peer("STRICT"), deployment("cart", DIGEST)]);
        const floating = await judged([NAMESPACE, peer("STRICT"), deployment("cart", IMAGE)]);
        assert.match(weaker(pinned, floating).join("\n"), rule);
        assert.deepEqual(weaker(floating, pinned), []);
        assert.deepEqual(weaker(bare, floating), []);
    });

    it("names levels and settings, and which of them let more pass", async () => {
        const yaml = [NAMESPACE, peer("STRICT")];
        const settings = (values: object) => ({ "istio-pack-configure-settings": values });
        const before = await judged(yaml, { ...settings({ meshHosts: ["*.mesh.example"] }) });
        const less = await judged(yaml, {
            [STRICT]: "disabled",
            ...settings({ production: false, meshHosts: ["*.mesh.example", "*.other.example"] }),
        });
        assert.deepEqual(weaker(before, less), [
            `the pack's rule ${STRICT} is disabled, was mandatory`,
            "the pack's setting production is false, was true",
            `the pack's setting meshHosts is ["*.mesh.example","*.other.example"], was ["*.mesh.example"]`,
        ]);
        const back = comparePack(less, before);
        assert.deepEqual([back.length, weaker(less, before)], [3, []]);
        assert.deepEqual(comparePack(before, before), []);
    });

    it("names rules that are gone", () => {
        const [gone, ...others] = rulesGone(["istio-a", "istio-b"], ["istio-b", "istio-c"]);
        assert.equal(gone?.text, "the pack has no rule istio-a any more");
        assert.ok(gone.weaker);
        assert.deepEqual(others, []);
    });
});
