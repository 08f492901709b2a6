import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import type { ChartPlaces } from "#stack/charts/places.ts";
import type { RenderedChart } from "#stack/charts/render.ts";
import { ChartRenderer } from "#stack/charts/render.ts";
import type { DeclaredRelease } from "#stack/declared-objects.ts";
import type { FakeHelm } from "./fake-helm.ts";
import { fakeHelm, release } from "./fake-helm.ts";

const SURROUNDINGS = { kubernetesVersion: "1.34.4", apiVersions: ["example.com/v1"] };

describe("a release's chart", () => {
    let helm: FakeHelm;
    beforeEach(async () => {
        helm = await fakeHelm();
    });
    afterEach(() => helm.remove());

    function renderer(places: Partial<ChartPlaces> = {}): ChartRenderer {
        return new ChartRenderer({ path: helm.path }, { pull: true, ...places });
    }

    function render(
        of: DeclaredRelease,
        places: Partial<ChartPlaces> = {},
    ): Promise<RenderedChart> {
        return renderer(places).render(of, SURROUNDINGS);
    }

    function pathOf(rendered: RenderedChart): unknown {
        assert.ok("objects" in rendered, JSON.stringify(rendered));
        return (rendered.objects[0]?.["data"] as { chart: string }).chart;
    }

    function missing(rendered: RenderedChart): string {
        assert.ok("missing" in rendered);
        return rendered.missing;
    }

    it("is rendered as Helm would install it, from values that nobody else can read", async () => {
        const charts = await helm.chart("charts", "istiod", "1.2.3");
        const rendered = await render(release(), { charts });
        assert.ok("objects" in rendered);
        assert.deepEqual(rendered.objects, [
            {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "one" },
                data: { chart: join(charts, "istiod"), values: '{"a":1}', mode: "600" },
            },
        ]);
        const [args = []] = await helm.calls("template");
        const values = args[args.indexOf("--values") + 1];
        assert.deepEqual(args, [
            ...["template", "one", join(charts, "istiod"), "--namespace", "system"],
            ...["--values", values, "--kube-version", "1.34.4"],
            ...["--api-versions", "example.com/v1", "--include-crds", "--no-hooks", "--skip-tests"],
        ]);
        const parts = new Set(values?.split(sep));
        const left = (await readdir(tmpdir())).filter((name) => parts.has(name));
        assert.deepEqual(left, [], "its values are still there");
    });

    it("is rendered once, whoever asks", async () => {
        const charts = await helm.chart("charts", "istiod", "1.2.3");
        const one = renderer({ charts });
        await Promise.all([
            one.render(release(), SURROUNDINGS),
            one.render(release(), SURROUNDINGS),
        ]);
        assert.equal((await helm.calls("template")).length, 1);
    });

    it("is taken from the named folder first, as a folder or an archive", async () => {
        const [charts, atHand] = [
            await helm.chart("charts", "istiod", "1.2.3"),
            await helm.chart("hand", "istiod", "1.2.3"),
        ];
        assert.equal(pathOf(await render(release(), { charts, atHand })), join(charts, "istiod"));
        await writeFile(join(charts, "istiod-1.2.3.tgz"), "");
        assert.equal(
            pathOf(await render(release(), { charts, atHand })),
            join(charts, "istiod-1.2.3.tgz"),
        );
    });

    it("of another version is not taken, and is named where the user named the folder", async () => {
        const charts = await helm.chart("charts", "istiod", "1.2.4");
        const text = missing(await render(release(), { charts, atHand: charts, pull: false }));
        assert.equal(
            text,
            `chart istiod 1.2.3 of release one (https://charts.example/stable) is not there: ${charts}/istiod is version 1.2.4; nothing is pulled`,
        );
    });

    it("is taken from the folder that the release itself names, whatever its version", async () => {
        const folder = await helm.chart("own", "istiod", "0.1.0");
        const rest = { name: "one", namespace: "system" };
        const own = { ...rest, chart: join(folder, "istiod") };
        assert.equal(pathOf(await render(own)), join(folder, "istiod"));
        const gone = { ...rest, chart: join(folder, "gone") };
        assert.match(
            missing(await render(gone)),
            /^chart gone of release one is not there: there is no \//,
        );
    });

    it("is taken from what is at hand where it has the version", async () => {
        const atHand = await helm.chart("hand", "istiod", "1.2.3");
        assert.equal(pathOf(await render(release(), { atHand })), join(atHand, "istiod"));
        assert.deepEqual(await helm.calls("pull"), []);
    });

    it("is taken from Helm's cache before anything is pulled", async () => {
        const archive = join(helm.folder, "cache/istiod-1.2.3.tgz");
        await writeFile(archive, "");
        assert.equal(pathOf(await render(release())), archive);
        assert.deepEqual(await helm.calls("pull"), []);
    });

    it("is pulled from its repository, or from a mirror", async () => {
        const archive = join(helm.folder, "cache/istiod-1.2.3.tgz");
        const repositoryOpts = { repo: "https://published.example" };
        assert.equal(pathOf(await render(release({ repositoryOpts }))), archive);
        assert.equal(
            pathOf(await render(release(), { charts: "oci://published.example/" })),
            archive,
        );
        assert.deepEqual(
            (await helm.calls("pull")).map(([, chart, ...rest]) => [
                chart,
                rest.includes("--repo"),
            ]),
            [
                ["istiod", true],
                ["oci://published.example/istiod", false],
            ],
        );
    });

    it("of a host that does not answer is asked for once", async () => {
        const one = renderer();
        for (const chart of ["istiod", "base", "istiod"]) {
            assert.match(
                missing(await one.render(release({ chart }), SURROUNDINGS)),
                /is not there: https:\/\/charts.example\/stable cannot be pulled from: lookup x: no such host$/,
            );
        }
        assert.equal((await helm.calls("pull")).length, 1);
    });

    it("is not pulled where it is said so, or where that takes a password", async () => {
        assert.match(missing(await render(release(), { pull: false })), /: nothing is pulled$/);
        const repositoryOpts = { repo: "https://published.example", password: "[secret]" };
        assert.match(
            missing(await render(release({ repositoryOpts }))),
            /wants more than its address to be pulled from$/,
        );
        assert.deepEqual(await helm.calls("pull"), []);
    });

    it("that does not take its values is refused, with Helm's own reason", async () => {
        const charts = await helm.chart("charts", "broken", "1.2.3");
        assert.deepEqual(await render(release({ chart: "broken" }), { charts }), {
            missing:
                "chart broken 1.2.3 of release one (https://charts.example/stable) cannot be rendered with its values: values don't meet the specifications",
            refused: true,
        });
    });

    it("that does not take a mark in a value's place is not refused for it", async () => {
        const charts = await helm.chart("charts", "broken", "1.2.3");
        for (const mark of ["[secret]", "[unknown]"]) {
            const values = { a: [{ b: mark }] };
            const rendered = await render(release({ chart: "broken", values }), { charts });
            assert.match(missing(rendered), /cannot be rendered with its values/);
            assert.ok(!("refused" in rendered));
        }
    });

    it("that makes no YAML is refused as well", async () => {
        const charts = await helm.chart("charts", "garbage", "1.2.3");
        const rendered = await render(release({ chart: "garbage" }), { charts });
        assert.match(missing(rendered), /cannot be rendered with its values: it makes no YAML \(/);
    });

    it("that makes something up gives a mark in its place", async () => {
        const charts = await helm.chart("charts", "random", "1.2.3");
        const rendered = await render(release({ chart: "random" }), { charts });
        assert.ok("objects" in rendered);
        const data = rendered.objects[0]?.["data"] as Record<string, string>;
        assert.equal(data["password"], "[generated]");
        assert.equal(data["chart"], join(charts, "random"));
    });

    it("of a release with values in files, or a command behind it, is not guessed at", async () => {
        const charts = await helm.chart("charts", "istiod", "1.2.3");
        const files = release({ valueYamlFiles: [{ path: "values.yaml" }] });
        assert.match(missing(await render(files, { charts })), /values from files/);
        assert.match(
            missing(await render(release({ postrender: "sed" }), { charts })),
            /postrender/,
        );
    });

    it("is not waited for once the work is ended", async () => {
        const charts = await helm.chart("charts", "istiod", "1.2.3");
        const one = new ChartRenderer(
            { path: helm.path, signal: AbortSignal.abort(new Error("ended")) },
            { charts, pull: true },
        );
        await assert.rejects(one.render(release(), SURROUNDINGS), { message: "ended" });
    });
});
