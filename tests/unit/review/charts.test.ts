import assert from "node:assert/strict";
import { kubernetesYaml } from "#stack/charts/yaml.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { compareCharts } from "#review/charts.ts";
import type { ChartRelease, Subject } from "#review/subject.ts";

interface Release extends Partial<Omit<ChartRelease, "objects">> {
    /** What the chart makes, as YAML; it was not rendered where there is none. */
    readonly makes?: string;
}

function release({ makes, ...fields }: Release): ChartRelease {
    const known = { name: "istiod", namespace: "system", chart: "istiod", version: "1.31.0" };
    const objects = makes === undefined ? undefined : objectsOf(makes);
    return {
        ...known,
        values: {},
        ...fields,
        ...(objects === undefined
            ? { missing: `chart ${fields.chart ?? "istiod"} is not there` }
            : { objects }),
    };
}

function objectsOf(yaml: string): readonly DeclaredObject[] {
    const documents = kubernetesYaml(yaml) as readonly (DeclaredObject | null)[];
    return documents.filter((object) => object !== null);
}

function subject(releases: readonly Release[], own = ""): Subject {
    return {
        name: "test",
        resources: [],
        objects: objectsOf(own),
        releases: releases.map(release),
    };
}

/** Each change as its kind and its text, with why it is weaker. */
function changes(before: Subject, after: Subject): readonly string[] {
    return compareCharts(before, after).map(
        ({ kind, text, weaker }) =>
            `${kind}: ${text}${weaker === undefined ? "" : ` (weaker: ${weaker})`}`,
    );
}

function deployment(image: string, label = "1.31.0", name = "istiod"): string {
    return `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: system, labels: {app: a, helm.sh/chart: istiod-${label}}}
spec: {template: {metadata: {labels: {app.kubernetes.io/version: "${label}"}}, spec: {initContainers: [{image: "busybox:1"}], containers: [{image: "${image}"}]}}}
`;
}

function configMap(data: string, name = "istio"): string {
    return `
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: system}
data: {mesh: "${data}"}
`;
}

function definition(versions: string, kind = "AuthorizationPolicy"): string {
    return `
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${kind.toLowerCase()}s.security.istio.io}
spec: {group: security.istio.io, names: {kind: ${kind}}, versions: [${versions}]}
`;
}

function version(name: string, fields: string, served = true): string {
    return `{name: ${name}, served: ${String(served)}, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {${fields}}}}}}}`;
}

const OLDER = "(weaker: an older version lacks what was mended since)";

describe("the comparison of charts", () => {
    it("says nothing of what is the same", () => {
        const same = [{ makes: deployment("pilot:1") + configMap("a") }, { name: "x" }];
        assert.deepEqual(changes(subject(same), subject(same.toReversed())), []);
    });

    it("says nothing of a version in labels, of a field's place and of other values with the same outcome", () => {
        const before = { makes: deployment("pilot:1", "1.31.0"), values: { a: 1, b: 2 } };
        const moved = deployment("pilot:1", "1.31.1").replace(
            "kind: Deployment\nmetadata",
            "kind: Deployment\nstatus:\nmetadata",
        );
        const after = { makes: moved.replace("status:\n", ""), values: { b: 3 } };
        assert.deepEqual(changes(subject([before]), subject([after])), []);
    });

    it("names a release that is new or gone, and what it makes", () => {
        const [less, more] = [
            subject([]),
            subject([{ makes: deployment("pilot:1") + configMap("a") }]),
        ];
        assert.deepEqual(changes(less, more), [
            "charts/added: release istiod is new in system, of chart istiod 1.31.0, and runs busybox:1, pilot:1",
            "charts/objects: of release istiod 2 objects are new (ConfigMap istio, Deployment istiod)",
        ]);
        assert.deepEqual(changes(more, less), [
            "charts/removed: release istiod is gone from system, of chart istiod 1.31.0",
            "charts/objects: of release istiod 2 objects are gone (ConfigMap istio, Deployment istiod)",
        ]);
        const [added] = compareCharts(less, more);
        assert.deepEqual(added?.objects, [
            { kind: "Release", namespace: "system", name: "istiod" },
        ]);
    });

    it("names a bump with its images and the objects that change", () => {
        const before = { makes: deployment("istio/pilot:1.31.0") + configMap("a") };
        const after = {
            version: "1.31.1",
            makes: deployment("istio/pilot:1.31.1", "1.31.1") + configMap("a"),
        };
        assert.deepEqual(changes(subject([before]), subject([after])), [
            "charts/version: release istiod has chart istiod 1.31.1, had 1.31.0",
            "charts/image: release istiod runs istio/pilot:1.31.1 instead of 1.31.0",
            "charts/objects: of release istiod Deployment istiod changes",
        ]);
        assert.deepEqual(changes(subject([after]), subject([before])), [
            `charts/version: release istiod has chart istiod 1.31.0, had 1.31.1 ${OLDER}`,
            `charts/image: release istiod runs istio/pilot:1.31.0 instead of 1.31.1 ${OLDER}`,
            "charts/objects: of release istiod Deployment istiod changes",
        ]);
    });

    it("takes a higher number for newer, whatever its first digit", () => {
        const at = (tag: string): Subject => subject([{ version: tag, makes: "" }]);
        assert.deepEqual(changes(at("1.9.0"), at("1.10.0")), [
            "charts/version: release istiod has chart istiod 1.10.0, had 1.9.0",
        ]);
        assert.equal(changes(at("1.10.0"), at("v1.9.0"))[0]?.endsWith(OLDER), true);
    });

    it("knows an image by its registry, its port and its digest", () => {
        const image = (reference: string): Subject => subject([{ makes: deployment(reference) }]);
        const from = "registry.example:5000/pilot";
        assert.equal(
            changes(image(`${from}:1.31.0`), image(`${from}@sha256:abc`))[0],
            "charts/image: release istiod runs registry.example:5000/pilot@sha256:abc instead of 1.31.0",
        );
        assert.deepEqual(changes(image(`${from}:1.31.0`), image("evil/pilot:1.31.0")).slice(0, 2), [
            "charts/image: release istiod runs evil/pilot:1.31.0 as well",
            "charts/image: release istiod no longer runs registry.example:5000/pilot:1.31.0",
        ]);
        assert.equal(
            changes(image(from), image(`${from}:latest`))[0],
            "charts/image: release istiod runs registry.example:5000/pilot:latest instead of no tag",
        );
    });

    it("names a handful of many objects", () => {
        const many = (data: string): string =>
            Array.from({ length: 7 }, (_, index) => configMap(data, `map-${index}`)).join("");
        const [text] = changes(subject([{ makes: many("a") }]), subject([{ makes: many("b") }]));
        assert.equal(
            text,
            "charts/objects: of release istiod 7 objects change (ConfigMap map-0, ConfigMap map-1, ConfigMap map-2, ConfigMap map-3, ConfigMap map-4 and 2 more)",
        );
    });

    it("says nothing of an object that another release takes over as it is", () => {
        const [one, other] = [{ name: "one" }, { name: "other" }];
        const before = subject([
            { ...one, makes: configMap("a") },
            { ...other, makes: "" },
        ]);
        const after = (data: string): Subject =>
            subject([
                { ...one, makes: "" },
                { ...other, makes: configMap(data) },
            ]);
        assert.deepEqual(changes(before, after("a")), []);
        assert.deepEqual(changes(before, after("b")), [
            "charts/objects: of release other ConfigMap istio changes",
        ]);
    });

    it("knows releases of one name in two namespaces apart", () => {
        const [one, other] = [{ makes: "" }, { makes: "", namespace: "other" }];
        assert.deepEqual(changes(subject([one]), subject([one, other])), [
            "charts/added: release istiod is new in other, of chart istiod 1.31.0",
        ]);
    });

    it("names another chart under the same release", () => {
        const [one, other] = [{ makes: "" }, { makes: "", chart: "evil" }];
        assert.deepEqual(changes(subject([one]), subject([other])), [
            "charts/chart: release istiod is of chart evil 1.31.0, was of istiod 1.31.0",
        ]);
    });

    describe("where a chart is not there", () => {
        it("says the images and values that change, and that nothing else is known", () => {
            const before = {
                values: {
                    global: { tag: "1.31.1", hub: "istio", a: [1, 2] },
                    password: "[secret]",
                    gone: true,
                },
            };
            const after = {
                values: {
                    global: { tag: "1.31.0", hub: "istio", a: [1, 3] },
                    password: "[secret]",
                    fresh: { x: 1 },
                },
            };
            assert.deepEqual(changes(subject([before]), subject([after])), [
                `charts/image: release istiod takes its image by global.tag 1.31.0, was 1.31.1 ${OLDER}`,
                'charts/values: release istiod has other values: fresh {"x":1}; global.a [1,3], was [1,2]; gone no longer, was true',
                "charts/not-compared: what release istiod makes cannot be compared: chart istiod is not there",
            ]);
        });

        it("says so where it is there on one side alone, unless all that it is made of is the same", () => {
            const there = { makes: deployment("pilot:1") + definition(version("v1", "")) };
            const bumped = { version: "1.31.1" };
            assert.deepEqual(changes(subject([there]), subject([{}])), []);
            assert.deepEqual(changes(subject([{}]), subject([there])), []);
            assert.deepEqual(changes(subject([there]), subject([bumped])), [
                "charts/version: release istiod has chart istiod 1.31.1, had 1.31.0",
                "charts/not-compared: what release istiod makes cannot be compared: chart istiod is not there",
            ]);
            assert.deepEqual(
                changes(subject([]), subject([{}])).map((text) => text.split(":")[0]),
                ["charts/added", "charts/not-compared"],
            );
        });

        it("does not take a folder for the same chart", () => {
            const { name, namespace, chart, values, missing = "" } = release({});
            const folder = { name, namespace, chart, values, missing };
            const of = (): Subject => ({ ...subject([]), releases: [folder] });
            assert.deepEqual(changes(of(), of()), [
                "charts/not-compared: what release istiod makes cannot be compared: chart istiod is not there",
            ]);
        });
    });

    describe("the definitions of kinds", () => {
        const both = version("v1beta1", "a: {}") + ", " + version("v1", "a: {}, b: {}");
        const before = subject([{ makes: definition(both) }]);

        it("are compared by their served versions and their fields", () => {
            const served = `${version("v1beta1", "a: {}", false)}, ${version("v1", "a: {}")}, ${version("v2", "")}`;
            assert.deepEqual(changes(before, subject([{ makes: definition(served) }])), [
                "charts/definition-versions: authorizationpolicys.security.istio.io is no longer served as v1beta1 and is now served as v2",
                "charts/definition-fields: AuthorizationPolicy v1 no longer has spec.b",
            ]);
        });

        it("lose a field with all that is in it, in lists and maps as well", () => {
            const nested = (inner: string): Subject =>
                subject([
                    {
                        makes: definition(
                            version("v1", `rules: {items: {properties: {${inner}}}}`),
                        ),
                    },
                ]);
            assert.deepEqual(
                changes(nested("to: {properties: {ports: {}}}, from: {}"), nested("from: {}")),
                ["charts/definition-fields: AuthorizationPolicy v1 no longer has spec.rules.to"],
            );
            assert.deepEqual(changes(nested("from: {}"), nested("from: {}, to: {}")), []);
        });

        it("that go are named, and why that is weaker", () => {
            assert.deepEqual(changes(before, subject([{ makes: "" }])), [
                "charts/definition-removed: the definition authorizationpolicys.security.istio.io goes, and every AuthorizationPolicy in the cluster with it (weaker: what each AuthorizationPolicy refused is refused no longer)",
            ]);
            const own = (yaml: string): Subject => subject([], yaml);
            assert.deepEqual(changes(own(definition(both, "Other")), own("")), [
                "charts/definition-removed: the definition others.security.istio.io goes, and every Other in the cluster with it",
            ]);
            assert.deepEqual(changes(own(""), own(definition(both, "Other"))), [
                "charts/definition-added: others.security.istio.io is a new kind, served as v1beta1, v1",
            ]);
        });

        it("may come from another chart, or from the program", () => {
            const moved = subject([{ makes: "" }, { name: "base", makes: definition(both) }]);
            assert.deepEqual(changes(before, moved), [
                "charts/added: release base is new in system, of chart istiod 1.31.0",
            ]);
            assert.deepEqual(changes(before, subject([{ makes: "" }], definition(both))), []);
        });

        it("of a chart that is not there are not said to go or to come", () => {
            const bumped = subject([{ version: "1.31.1" }]);
            const kinds = (texts: readonly string[]): readonly string[] =>
                texts.filter((text) => text.startsWith("charts/definition"));
            assert.deepEqual(kinds(changes(before, bumped)), []);
            assert.deepEqual(kinds(changes(bumped, before)), []);
        });
    });

    it("takes little time for many releases", () => {
        const many = (tag: string): Subject =>
            subject(
                Array.from({ length: 200 }, (_, index) => ({
                    name: `release-${index}`,
                    makes: deployment(`pilot:${tag}`, tag, `a-${index}`),
                })),
            );
        const [before, after] = [many("1.0.0"), many("1.0.1")];
        const begun = performance.now();
        assert.equal(compareCharts(before, after).length, 400);
        assert.ok(performance.now() - begun < 3000);
    });
});
