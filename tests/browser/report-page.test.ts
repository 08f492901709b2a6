import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { drawingsOf } from "#cli/check/report/drawings.ts";
import { reportAsHtml } from "#cli/check/report/html.ts";
import { drawingOf, formatted } from "#cli/graph/formats.ts";
import { liveGraph } from "#cli/graph/live-graph.ts";
import type { Drawing } from "#review/graph/drawing.ts";
import { shortened } from "#review/graph/label.ts";
import type { CheckReport } from "#review/report.ts";
import { HARMFUL, large, RICH } from "../unit/cli/check/reports.ts";
import { MIXED, SUBJECT } from "../unit/cli/graph/metrics.ts";
import { startChromium } from "./chromium.ts";

interface Box {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
}

/** A node or an edge as the browser shows it. */
interface Shown {
    readonly title: string;
    readonly class: string;
    readonly box: Box;
    /** Its lines. */
    readonly says: readonly string[];
    readonly texts: readonly Box[];
    readonly stroke: string;
    readonly dashes: string;
}

/** Begins every script: how a part of the first drawing is measured. */
const MEASURES = `
const graph = document.querySelector("div.graph");
const boxOf = (part) => {
    const { left, top, right, bottom } = part.getBoundingClientRect();
    return { left, top, right, bottom };
};
const shownOf = (element) => {
    const { stroke, strokeDasharray, visibility, opacity } = getComputedStyle(element.querySelector("path"));
    return {
        title: element.querySelector("title").textContent,
        class: element.getAttribute("class"),
        box: boxOf(element),
        says: [...element.querySelectorAll("text")].map(({ textContent }) => textContent.replaceAll("\\u00a0", " ")),
        texts: [...element.querySelectorAll("text")].map(boxOf),
        stroke: visibility === "visible" && opacity === "1" ? stroke : "none",
        dashes: strokeDasharray,
    };
};
// What can be scrolled to, whatever a reader has scrolled to so far.
const area = () => {
    const { left, top } = boxOf(graph);
    return { left, top, right: left + graph.scrollWidth, bottom: top + graph.scrollHeight };
};
`;

/** What an expression comes to in the page. */
function evaluated<Value>(page: Page, expression: string): Promise<Value> {
    return page.evaluate<Value>(`(() => { ${MEASURES} return ${expression}; })()`);
}

const COLOURS = {
    light: { added: "rgb(26, 127, 55)", removed: "rgb(207, 34, 46)", same: "rgb(34, 34, 34)" },
    dark: { added: "rgb(74, 194, 107)", removed: "rgb(255, 123, 114)", same: "rgb(230, 230, 230)" },
} as const;

function isWithin(inner: Box, outer: Box, tolerance = 1): boolean {
    return (
        inner.left >= outer.left - tolerance &&
        inner.top >= outer.top - tolerance &&
        inner.right <= outer.right + tolerance &&
        inner.bottom <= outer.bottom + tolerance
    );
}

describe("the pages of a check's report and of the live graph in a browser", () => {
    let browser: Browser | undefined;
    let folder = "";

    before(async function () {
        browser = await startChromium();
        if (browser === undefined) {
            process.stdout.write(
                "The page is looked at by nobody: Chromium is not here, and only root can install it.\n",
            );
            this.skip();
        }
        folder = await mkdtemp(join(tmpdir(), "mesh-page-"));
    });
    after(async () => {
        await browser?.close();
        await rm(folder, { recursive: true, force: true });
    });

    /** What a page did beyond showing itself. */
    interface Opened {
        readonly page: Page;
        readonly requests: readonly string[];
        readonly complaints: readonly string[];
    }

    async function opened(html: string, colorScheme: "light" | "dark" = "light"): Promise<Opened> {
        assert.ok(browser);
        const file = join(folder, "report.html");
        await writeFile(file, html);
        const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } });
        const url = pathToFileURL(file).href;
        const requests: string[] = [];
        const complaints: string[] = [];
        page.on("request", (request) => {
            if (request.url() !== url) {
                requests.push(request.url());
            }
        });
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(error.message));
        page.on("dialog", (dialog) => complaints.push(dialog.message()));
        await page.goto(url, { waitUntil: "load" });
        return { page, requests, complaints };
    }

    async function shownIn(page: Page, kind: "node" | "edge"): Promise<Shown[]> {
        return evaluated(page, `[...graph.querySelectorAll("g.${kind}")].map(shownOf)`);
    }

    /** A page, and the first graph that is drawn on it. */
    interface DrawnPage {
        readonly html: () => Promise<string>;
        readonly drawing: Drawing | undefined;
    }
    const ofReport = (report: CheckReport): DrawnPage => ({
        html: () => reportAsHtml(report),
        drawing: drawingsOf(report)[0]?.drawing,
    });
    const live = liveGraph(MIXED, SUBJECT);
    const pages: Readonly<Record<string, DrawnPage>> = {
        "something of everything": ofReport(RICH),
        "names that do harm": ofReport(HARMFUL),
        "200 services": ofReport(large(200)),
        "a live graph": { html: () => formatted(live, "html"), drawing: drawingOf(live) },
    };
    for (const [name, { html, drawing }] of Object.entries(pages)) {
        describe(`with ${name}`, () => {
            let seen: Opened;
            before(async () => {
                seen = await opened(await html());
            });
            after(() => seen.page.close());

            it("loads nothing and complains of nothing", () => {
                assert.deepEqual(seen.requests, []);
                assert.deepEqual(seen.complaints, []);
            });

            it("shows every service and every call", async () => {
                assert.ok(drawing);
                const area = await evaluated<Box>(seen.page, "area()");
                const [nodes, edges] = [
                    await shownIn(seen.page, "node"),
                    await shownIn(seen.page, "edge"),
                ];
                assert.deepEqual(
                    nodes.map(({ says }) => says).sort(),
                    drawing.nodes.map((node) => [shortened(node.name)]).sort(),
                );
                assert.equal(edges.length, drawing.edges.length);
                for (const { title, box, stroke } of [...nodes, ...edges]) {
                    assert.ok(box.right - box.left > 5 && box.bottom - box.top > 0.5, title);
                    assert.ok(isWithin(box, area), `${title} can be scrolled to`);
                    assert.notEqual(stroke, "none", title);
                }
                for (const { title, box, texts } of nodes) {
                    assert.equal(texts.length, 1, title);
                    assert.ok(
                        texts.every((text) => isWithin(text, box, 3)),
                        `${title} fits its box`,
                    );
                }
            });

            it("runs nothing and links to documentation alone", async () => {
                assert.equal(await seen.page.locator("script, img, iframe, object").count(), 0);
                assert.equal(await seen.page.locator("h1").count(), 1);
                const links = await evaluated<string[]>(
                    seen.page,
                    '[...document.querySelectorAll("a")].map(({ hostname }) => hostname)',
                );
                const hosts = new Set(links);
                hosts.delete("istio.io");
                hosts.delete("kubernetes.io");
                assert.deepEqual([...hosts], []);
            });
        });
    }

    for (const scheme of ["light", "dark"] as const) {
        it(`tells what was added and removed in ${scheme} colours`, async () => {
            const { page } = await opened(await reportAsHtml(RICH), scheme);
            const edges = await shownIn(page, "edge");
            const of = (mark: string): Shown[] =>
                edges.filter((edge) => edge.class.split(" ").includes(mark));
            for (const mark of ["added", "removed", "same"] as const) {
                assert.ok(of(mark).length > 0, mark);
                for (const { stroke } of of(mark)) {
                    assert.equal(stroke, COLOURS[scheme][mark]);
                }
            }
            assert.deepEqual(
                edges.filter(({ dashes }) => dashes !== "none").map(({ title }) => title),
                ["legacy-service->payment-service"],
            );
            const picture = join(folder, `${scheme}.png`);
            await page.screenshot({ path: picture, fullPage: true });
            assert.ok((await stat(picture)).size > 10_000);
            await page.close();
        });
    }

    it("tells what is undeclared and unused in a live graph", async () => {
        const { page } = await opened(await formatted(live, "html"));
        const edges = await shownIn(page, "edge");
        const marked = (mark: string): Pick<Shown, "title" | "stroke" | "dashes">[] =>
            edges
                .filter((edge) => edge.class.split(" ").includes(mark))
                .map(({ title, stroke, dashes }) => ({ title, stroke, dashes }));
        const [undeclared] = marked("undeclared");
        assert.deepEqual(undeclared, {
            title: "default.a4co->payment-service",
            stroke: COLOURS.light.removed,
            dashes: "none",
        });
        const [unused] = marked("unused");
        assert.equal(unused?.title, "payment-service->inventory-service");
        assert.equal(unused.stroke, "rgb(154, 103, 0)");
        assert.notEqual(unused.dashes, "none");
        const rows = await page.locator("table tr").allInnerTexts();
        assert.equal(rows.length, live.edges.length + 1);
        assert.match(rows.join("\n"), /not declared, all refused/);
        await page.close();
    });

    it("fits the paper that it is printed on", async () => {
        const { page } = await opened(await reportAsHtml(large(200)));
        await page.emulateMedia({ media: "print" });
        const box = await page.locator("div.graph svg").boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= 1280);
        await page.close();
    });

    it("would be seen to load something, and its policy forbids it", async () => {
        const image = '<img src="http://127.0.0.1:9/seen.png">';
        const page = (await reportAsHtml(RICH)).replace("</body>", `${image}</body>`);
        const forbidden = await opened(page);
        assert.deepEqual(forbidden.requests, ["http://127.0.0.1:9/seen.png"]);
        assert.match(forbidden.complaints.join("\n"), /violates .*Content Security Policy/);
        const allowed = await opened(page.replace(/<meta http-equiv[^>]*>/, ""));
        assert.deepEqual(allowed.requests, ["http://127.0.0.1:9/seen.png"]);
        assert.doesNotMatch(allowed.complaints.join("\n"), /Content Security Policy/);
        await Promise.all([forbidden.page.close(), allowed.page.close()]);
    });
});
