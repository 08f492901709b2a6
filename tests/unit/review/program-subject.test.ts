import assert from "node:assert/strict";
import type { ChartRenderer, RenderedChart, Surroundings } from "#stack/charts/render.ts";
import type { DeclaredRelease } from "#stack/declared-objects.ts";
import type { RenderedResource } from "#stack/render/rendering.ts";
import { programSubject } from "#review/subject/program.ts";
import { Reading } from "#review/subject/resources.ts";
import type { Subject } from "#review/subject.ts";
import { SECRET, SIGNATURE } from "#stack/render/values.ts";

function resource(
    name: string,
    type: string,
    inputs: object,
    dependsOn: readonly string[] = [],
): RenderedResource {
    return { name, type, inputs, dependsOn, custom: true, parent: undefined, ignoreChanges: [] };
}

function release(
    name: string,
    dependsOn: readonly string[],
    values: object = {},
): RenderedResource {
    const inputs = { name, namespace: "system", chart: "/charts/base", values };
    return resource(`${name}-release`, "kubernetes:helm.sh/v3:Release", inputs, dependsOn);
}

function crd(group: string, kind: string, scope: string): object {
    return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${kind.toLowerCase()}s.${group}` },
        spec: {
            group,
            scope,
            names: { kind },
            versions: [
                { name: "v1", served: true },
                { name: "v0", served: false },
            ],
        },
    };
}

function secret(value: unknown): object {
    return { [SIGNATURE]: SECRET, value };
}

/** Renders each release by the objects that the test has for it, and keeps what it was asked. */
function recorded(objects: Readonly<Record<string, readonly object[]>>): {
    readonly asked: Map<string, Surroundings & { readonly release: DeclaredRelease }>;
    readonly renderer: ChartRenderer;
} {
    const asked = new Map<string, Surroundings & { readonly release: DeclaredRelease }>();
    const render = (release: DeclaredRelease, around: Surroundings): Promise<RenderedChart> => {
        asked.set(release.name, { ...around, release });
        const made = objects[release.name];
        return Promise.resolve(
            made === undefined ? { missing: "gone" } : ({ objects: made } as RenderedChart),
        );
    };
    return { asked, renderer: { render } as ChartRenderer };
}

function subjectOf(
    resources: readonly RenderedResource[],
    renderer: ChartRenderer,
): Promise<Subject> {
    const charts = { renderer, kubernetesVersion: "1.36.0" };
    return programSubject("test", { project: "p", resources }, charts, new Reading());
}

describe("a program as a subject", () => {
    it("shows each chart what is there before it, and nothing else", async () => {
        const { asked, renderer } = recorded({ base: [crd("istio.io", "Gateway", "Namespaced")] });
        await subjectOf(
            [
                release("last", ["ready"]),
                resource("ready", "kubernetes:core/v1:Namespace", {}, ["base-release", "crd"]),
                resource("crd", "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", {
                    ...crd("own.io", "Own", "Cluster"),
                }),
                release("base", []),
                release("aside", []),
            ],
            renderer,
        );
        assert.deepEqual(asked.get("last")?.apiVersions, [
            "istio.io/v1",
            "istio.io/v1/Gateway",
            "own.io/v1",
            "own.io/v1/Own",
        ]);
        assert.deepEqual(asked.get("base")?.apiVersions, []);
        assert.deepEqual(asked.get("aside")?.apiVersions, []);
        assert.equal(asked.get("last")?.kubernetesVersion, "1.36.0");
    });

    it("has a chart's objects in the namespace that Helm puts them into", async () => {
        const named = (apiVersion: string, kind: string, namespace?: string): object => ({
            apiVersion,
            kind,
            metadata: { name: kind, ...(namespace !== undefined && { namespace }) },
        });
        const { renderer } = recorded({
            base: [
                crd("own.io", "Own", "Cluster"),
                named("own.io/v1", "Own"),
                named("v1", "Service"),
                named("v1", "ConfigMap", "other"),
                named("scheduling.k8s.io/v1", "PriorityClass"),
            ],
        });
        const { releases } = await subjectOf([release("base", [])], renderer);
        assert.deepEqual(
            releases[0]?.objects?.map(({ kind, metadata }) => [kind, metadata.namespace]),
            [
                ["CustomResourceDefinition", undefined],
                ["Own", undefined],
                ["Service", "system"],
                ["ConfigMap", "other"],
                ["PriorityClass", undefined],
            ],
        );
    });

    it("shows no secret, to Helm neither", async () => {
        const { asked, renderer } = recorded({});
        const subject = await subjectOf(
            [
                release("base", [], { password: secret("hunter22"), plain: "text" }),
                resource("secret", "kubernetes:core/v1:Secret", {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: { name: "secret" },
                    stringData: secret({ user: "admin", password: "hunter22" }),
                }),
            ],
            renderer,
        );
        assert.deepEqual(subject.objects[0]?.["stringData"], {
            user: "[secret]",
            password: "[secret]",
        });
        assert.deepEqual(subject.releases, [
            {
                name: "base",
                namespace: "system",
                chart: "base",
                values: { password: "[secret]", plain: "text" },
                missing: "gone",
            },
        ]);
        const { release: seen, ...around } = asked.get("base") ?? {};
        assert.doesNotMatch(JSON.stringify([subject.objects, seen, around]), /hunter22/);
    });
});
