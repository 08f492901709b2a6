import assert from "node:assert/strict";
import { chartOf } from "#policy/helm.ts";
import { fullHost, overlaps } from "#policy/hosts.ts";
import { plainCopy, UNKNOWN as KNOWN_LATER } from "#policy/known.ts";
import { identify, objectsOf } from "#policy/kubernetes-object.ts";
import { isMeshHost } from "#policy/mesh-host.ts";
import { DEFAULT_SETTINGS } from "#policy/settings.ts";
import { Stack } from "#policy/stack.ts";
import { release, UNKNOWN } from "./manifests.ts";

const resource = (type: string, props: object, namespace?: string) => ({
    type,
    name: "resource",
    urn: "urn",
    props,
    namespace,
});

describe("a Kubernetes object, whatever resource it came from", () => {
    const identities: readonly (readonly [string, string, object, unknown])[] = [
        [
            "a CustomResource",
            "kubernetes:security.istio.io/v1:PeerAuthentication",
            { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication" },
            { group: "security.istio.io", version: "v1", kind: "PeerAuthentication" },
        ],
        [
            "a typed class of another package",
            "crds:security.istio.io/v1beta1:PeerAuthentication",
            {},
            { group: "security.istio.io", version: "v1beta1", kind: "PeerAuthentication" },
        ],
        [
            "a class whose token says less than its properties",
            "istio:index:PeerAuthentication",
            { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication" },
            { group: "security.istio.io", version: "v1", kind: "PeerAuthentication" },
        ],
        [
            "a core object",
            "kubernetes:core/v1:Service",
            {},
            { group: "", version: "v1", kind: "Service" },
        ],
        [
            "a patch",
            "kubernetes:apps/v1:DeploymentPatch",
            {},
            { group: "apps", version: "v1", kind: "Deployment" },
        ],
        [
            "an object whose API version is not known yet",
            "kubernetes:apps/v1:Deployment",
            { apiVersion: UNKNOWN, kind: "Deployment" },
            { group: "apps", version: "v1", kind: "Deployment" },
        ],
        [
            "a release",
            "kubernetes:helm.sh/v3:Release",
            { chart: "istiod" },
            { group: "helm.sh", version: "v3", kind: "Release" },
        ],
        [
            "a chart",
            "kubernetes:helm.sh/v4:Chart",
            { chart: "istiod" },
            { group: "helm.sh", version: "v4", kind: "Chart" },
        ],
        ["a random password", "random:index/randomPassword:RandomPassword", {}, undefined],
        ["a bucket", "aws:s3/bucket:Bucket", {}, undefined],
        ["a cloud's own v1", "google-native:storage/v1:Bucket", {}, undefined],
        ["a component", "mesh:index:Microservice", { service: {} }, undefined],
    ];
    for (const [what, type, props, identity] of identities) {
        it(`is told of ${what}`, () => {
            const found = identify(type, props);
            const expected = identity && { ...identity, runsPods: found?.runsPods };
            assert.deepEqual(found, expected);
        });
    }

    it("runs pods where it holds a pod's containers, whoever defines its kind", () => {
        const runs = (type: string, props: object): boolean | undefined =>
            identify(type, props)?.runsPods;
        const pod = { spec: { containers: [{ name: "c" }] } };
        const rollout = "kubernetes:argoproj.io/v1alpha1:Rollout";
        assert.equal(runs("kubernetes:apps/v1:Deployment", {}), true);
        assert.equal(runs(rollout, { spec: { template: pod } }), true);
        assert.equal(runs(rollout, { spec: { workloadRef: { name: "web" } } }), false);
        assert.equal(
            runs("kubernetes:keda.sh/v1alpha1:ScaledJob", {
                spec: { jobTargetRef: { template: pod } },
            }),
            true,
        );
        assert.equal(runs("kubernetes:core/v1:Service", { spec: {} }), false);
    });

    it("says of a Patch what it sets, and nothing of the rest", () => {
        const [patch] = objectsOf(
            resource("kubernetes:apps/v1:DeploymentPatch", {
                metadata: { name: "web" },
                spec: { replicas: 3 },
            }),
        );
        assert.equal(patch?.label, "Deployment default/web");
        assert.equal(patch.root.at("spec", "replicas").number(), 3);
        assert.equal(patch.root.at("spec", "template", "spec").known, false);
        const [whole] = objectsOf(
            resource("kubernetes:example.com/v1:JsonPatch", {
                apiVersion: "example.com/v1",
                kind: "JsonPatch",
                spec: {},
            }),
        );
        assert.equal(whole?.root.at("spec", "other").exists, false);
    });

    it("is each element of a list", () => {
        const objects = objectsOf(
            resource("kubernetes:core/v1:List", {
                apiVersion: "v1",
                kind: "List",
                items: [
                    { apiVersion: "v1", kind: "Service", metadata: { name: "one" } },
                    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "two" } },
                ],
            }),
        );
        assert.deepEqual(
            objects.map(({ label }) => label),
            ["Service default/one", "Deployment default/two"],
        );
    });

    it("is each element of a typed list, which names no kind", () => {
        const objects = objectsOf(
            resource("kubernetes:core/v1:ServiceList", { items: [{ metadata: { name: "one" } }] }),
        );
        assert.deepEqual(
            objects.map(({ label }) => label),
            ["Service default/one"],
        );
    });

    it("is one of the list's kind where the elements are not known yet", () => {
        const [object] = objectsOf(
            resource("kubernetes:security.istio.io/v1:PeerAuthenticationList", { items: UNKNOWN }),
        );
        assert.equal(object?.kind, "PeerAuthentication");
        assert.equal(object.root.at("spec", "mtls", "mode").known, false);
    });

    it("has the namespace of its provider where it names none, and none where there is none", () => {
        const props = { metadata: { name: "it" } };
        const label = (type: string, namespace?: string): string | undefined =>
            objectsOf(resource(type, props, namespace))[0]?.label;
        assert.equal(label("kubernetes:core/v1:Service", "shop"), "Service shop/it");
        assert.equal(label("kubernetes:core/v1:Service"), "Service default/it");
        assert.equal(label("kubernetes:core/v1:Namespace", "shop"), "Namespace it");
    });

    it("is named by its resource while its own name is not known", () => {
        const [object] = objectsOf(
            resource("kubernetes:core/v1:Service", {
                metadata: { name: UNKNOWN, namespace: UNKNOWN },
            }),
        );
        assert.equal(object?.label, "Service (namespace not known yet)/resource");
        assert.ok(object);
        assert.throws(() => object.namespace, /metadata\.namespace: .* is not known yet/);
    });

    it("says the chart of a release wherever it comes from", () => {
        const charts = {
            istiod: "istiod",
            "istio/istiod": "istiod",
            "oci://ghcr.io/istio/release/charts/istiod": "istiod",
            "./charts/istiod/": "istiod",
            "/charts/istiod-1.31.1.tgz": "istiod",
            "https://charts.example/kiali-server-2.1.0-rc.1.tgz": "kiali-server",
        };
        for (const [chart, name] of Object.entries(charts)) {
            const [object] = objectsOf({ ...release(chart, "a/b"), urn: "urn" });
            assert.ok(object);
            assert.equal(chartOf(object), name);
        }
    });
});

describe("values that are not known yet", () => {
    class UnknownValueError extends Error {
        readonly unknownTypeSentinel = UNKNOWN;
    }

    it("are marked in a copy, whether the SDK's proxy can be opened or not", () => {
        const props = { spec: { known: [1, "two"], later: UNKNOWN, list: [UNKNOWN] } };
        const closed = (value: object): object =>
            new Proxy(value, {
                get: (target, key) => {
                    const inner = Reflect.get(target, key) as unknown;
                    if (inner === UNKNOWN) {
                        throw new UnknownValueError("cannot be known during preview");
                    }
                    return typeof inner === "object" && inner !== null ? closed(inner) : inner;
                },
            });
        const expected = { spec: { known: [1, "two"], later: KNOWN_LATER, list: [KNOWN_LATER] } };
        assert.deepEqual(plainCopy(props), expected);
        assert.deepEqual(plainCopy(closed(props)), expected);
    });

    it("hide no other error", () => {
        const broken = new Proxy(
            { spec: {} },
            {
                get: () => {
                    throw new RangeError("broken");
                },
            },
        );
        assert.throws(() => plainCopy(broken), /broken/);
    });
});

describe("hosts", () => {
    it("without dots are services of the object's namespace", () => {
        assert.equal(fullHost("pay", "a4co", DEFAULT_SETTINGS), "pay.a4co.svc.cluster.local");
        assert.equal(fullHost("api.example", "a4co", DEFAULT_SETTINGS), "api.example");
    });

    it("with a wildcard overlap where one name could be both", () => {
        assert.ok(overlaps("*", "*.svc.cluster.local"));
        assert.ok(overlaps("*.local", "*.svc.cluster.local"));
        assert.ok(overlaps("*.a4co.svc.cluster.local", "*.svc.cluster.local"));
        assert.ok(overlaps("pay.a4co.svc.cluster.local", "*.svc.cluster.local"));
        assert.ok(!overlaps("*.example", "*.svc.cluster.local"));
        assert.ok(!overlaps("pay.example", "pay.example.org"));
    });

    it("are the mesh's by the cluster's domain or by the settings", () => {
        const settings = { ...DEFAULT_SETTINGS, meshHosts: ["*.mesh.internal"] };
        const corp = { ...settings, clusterDomain: "corp.example" };
        const stack = new Stack([]);
        assert.ok(isMeshHost("pay.a4co.svc.cluster.local", stack, settings));
        assert.ok(isMeshHost("api.mesh.internal", stack, settings));
        assert.ok(!isMeshHost("api.bank.example", stack, settings));
        assert.ok(isMeshHost("pay.a4co.svc.corp.example", stack, corp));
    });
});
