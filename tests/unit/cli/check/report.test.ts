import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { z } from "zod";
import { reportAsHtml } from "#cli/check/report/html.ts";
import { reportAsJson } from "#cli/check/report/json.ts";
import { linkTarget, markdownText } from "#cli/check/report/markdown-text.ts";
import { LONGEST_COMMENT, MARKER, reportAsMarkdown } from "#cli/check/report/markdown.ts";
import { reportAsText } from "#cli/check/report/text.ts";
import type { CheckReport } from "#review/report.ts";
import { findingsIn, verdictOf } from "#review/verdict.ts";
import { GOLDEN_REPORTS, goldenReportPath } from "../../../render/golden-reports.ts";
import { HARMFUL, HOSTILE, large, QUIET, RICH } from "./reports.ts";

const PLAIN = { colour: false, timings: false };
const WHOLE = { whole: "in the artifact" };

describe("what a check comes to", () => {
    it("counts what is the same in two stacks once, and names both", () => {
        assert.deepEqual(verdictOf(RICH), {
            holds: false,
            errors: 3,
            mandatory: 1,
            advisory: 2,
            weaker: 2,
            changes: 5,
        });
        const [granted] = findingsIn(RICH).changes;
        assert.deepEqual(granted?.subjects, ["stack dev", "stack prod"]);
        assert.deepEqual(granted.sources, [{ file: "services/payment.ts", line: 17 }]);
    });

    it("a weakening fails only who asks for that", () => {
        const weaker = large(20);
        assert.ok(verdictOf(weaker).weaker > 0);
        assert.equal(verdictOf(weaker).holds, true);
        assert.equal(verdictOf({ ...weaker, failOn: "weaker" }).holds, false);
        assert.equal(verdictOf({ ...QUIET, failOn: "weaker" }).holds, true);
    });

    it("what was not compared is not known to be no weaker", () => {
        const unread = uncompared("The base does not render.");
        assert.equal(verdictOf(unread).holds, true);
        assert.equal(verdictOf({ ...unread, failOn: "weaker" }).holds, false);
    });
});

function uncompared(why: string): CheckReport {
    const subjects = QUIET.subjects.map((subject) => ({ ...subject, uncompared: why }));
    return { ...QUIET, subjects };
}

describe("a check's report", () => {
    for (const [name, report] of Object.entries(GOLDEN_REPORTS)) {
        it(`reads as tests/golden/${name}`, async () => {
            assert.equal(report(), await readFile(goldenReportPath(name), "utf8"));
        });
    }

    it("is one line where nothing changed", () => {
        assert.match(reportAsText(QUIET, PLAIN), /^[^\n]*nothing changed[^\n]*\n$/);
        assert.doesNotMatch(reportAsText(large(20), PLAIN), /nothing changed/);
    });

    it("says why nothing was compared", () => {
        const unread = uncompared("The base does not render.");
        for (const text of [reportAsText(unread, PLAIN), reportAsMarkdown(unread, WHOLE)]) {
            assert.match(text, /Not judged[^]*The base does not render\./);
            assert.doesNotMatch(text, /othing changed/);
        }
    });

    it("counts no changes where nothing was compared", () => {
        const { base, ...alone } = QUIET;
        assert.ok(base);
        assert.equal(
            reportAsText(alone, PLAIN),
            "stack dev, stack prod; holds: 0 violations, 0 advisory\n",
        );
    });

    it("has colours for who wants them alone", () => {
        const coloured = reportAsText(RICH, { colour: true, timings: false });
        assert.ok(coloured.includes("\u001b[31m"));
        assert.ok(!reportAsText(RICH, PLAIN).includes("\u001b"));
    });

    it("does nothing to a terminal or a runner that shows it", () => {
        const text = reportAsText(HARMFUL, { colour: false, timings: true });
        assert.match(text, /owned/);
        assert.doesNotMatch(text, /[^\P{C}\n]/u);
        const lines = text.split("\n").filter((line) => /^\s*(?:::|##\[)/.test(line));
        assert.deepEqual(lines, []);
    });
});

describe("the JSON of a check's report", () => {
    /** The schema as it is published. */
    async function published(): Promise<z.ZodType> {
        const file = new URL("../../../../docs/check-report.schema.json", import.meta.url);
        const schema = JSON.parse(await readFile(file, "utf8")) as unknown;
        return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    }

    it("is as its published schema says", async () => {
        const schema = await published();
        for (const report of [RICH, QUIET, HARMFUL, large(20)]) {
            schema.parse(JSON.parse(reportAsJson(report)));
        }
    });

    it("has every field of a report, and none beside", () => {
        const { version, verdict, ...rest } = JSON.parse(
            reportAsJson({ ...RICH, urn: "more" } as CheckReport),
        ) as Record<string, unknown>;
        assert.equal(version, 1);
        assert.deepEqual(verdict, verdictOf(RICH));
        assert.deepEqual(rest, RICH);
    });

    it("is held to that schema", async () => {
        const schema = await published();
        const json = JSON.parse(reportAsJson(RICH)) as Record<string, unknown>;
        assert.equal(schema.safeParse({ ...json, version: 2 }).success, false);
        assert.equal(schema.safeParse({ ...json, verdict: undefined }).success, false);
    });

    it("holds every text as it is", () => {
        const json = reportAsJson(HARMFUL);
        for (const text of HOSTILE) {
            assert.ok(json.includes(JSON.stringify(text)), text);
        }
    });
});

describe("the Markdown of a check's report", () => {
    it("begins with what finds it again, and with what weakens", () => {
        const lines = reportAsMarkdown(RICH, WHOLE).split("\n");
        assert.equal(lines[0], MARKER);
        assert.equal(
            lines.find((line) => line.startsWith("#### ")),
            "#### Weaker than before",
        );
    });

    it("fits a comment, and says what it leaves out", () => {
        const text = reportAsMarkdown(large(2000), WHOLE);
        assert.ok(Buffer.byteLength(text) <= LONGEST_COMMENT);
        assert.ok(text.length > LONGEST_COMMENT / 2);
        assert.match(text, /service-3 may now/);
        assert.match(
            text,
            /_\d+ lines left out; the whole is in the artifact\._\n\n<\/details>\n$/,
        );
    });

    it("draws three graphs, and says which it does not draw", () => {
        const [subject] = QUIET.subjects;
        assert.ok(subject);
        const subjects = ["a", "b", "c", "d", "e"].map((name) => ({
            ...subject,
            name: `stack ${name}`,
            graph: { before: { nodes: [], edges: [] }, after: { nodes: [name], edges: [] } },
        }));
        const text = reportAsMarkdown({ ...QUIET, subjects }, WHOLE);
        assert.equal(text.split("```mermaid").length, 4);
        assert.match(text, /^Not drawn: stack d, stack e\.$/m);
    });

    it("fits a comment whatever texts there are", () => {
        const report = (text: string): CheckReport => ({
            ...HARMFUL,
            base: { ref: text, commit: text },
            subjects: HARMFUL.subjects.map((subject, index) => ({
                ...subject,
                name: `${text} ${index}`,
                graph: { after: { nodes: [text], edges: [] }, before: { nodes: [], edges: [] } },
                changes: subject.changes.map((change) => ({ ...change, text, weaker: text })),
                budgets: [{ chain: text, slowest: text, copies: text, inverted: [text] }],
                notJudged: Array.from({ length: 200 }, (_, number) => `${text} ${number}`),
            })),
        });
        for (const text of ["$".repeat(5000), "\u{1F980}".repeat(3000), "\u20AC@".repeat(3000)]) {
            const { length } = Buffer.from(reportAsMarkdown(report(text), WHOLE));
            assert.ok(length <= LONGEST_COMMENT, String(length));
        }
    });

    it("shows a text letter for letter", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
                const shown = markdownText(text)
                    .replace(/<\/?span>/g, "")
                    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
                    .replaceAll("\u200B", "");
                const expected = text
                    .replace(/\s+/g, " ")
                    .trim()
                    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "\uFFFD");
                assert.equal(shown, expected);
            }),
        );
    });

    it("lets no text mean anything", () => {
        for (const text of HOSTILE) {
            const shown = markdownText(text);
            assert.doesNotMatch(shown, /^[\s\d-]/);
            const plain = shown.replace(/<span>&#36;<\/span>|&#\d+;/g, "");
            assert.match(plain, /^[^<>&`*_[\]|~#@!$\\:="'{}\n]*$/);
        }
        assert.equal(markdownText("@octocat"), "&#64;&#8203;octocat");
        assert.equal(markdownText("#12 GH-12"), "&#35;&#8203;12 GH&#8203;-12");
        assert.equal(markdownText("https://a www.b"), "https&#58;&#8203;//a www&#8203;.b");
        assert.equal(markdownText("payment-service waits 3 s"), "payment-service waits 3 s");
    });

    it("links to plain addresses alone", () => {
        assert.equal(linkTarget("javascript:alert(1)"), undefined);
        assert.equal(linkTarget("http://a.example"), undefined);
        assert.equal(linkTarget('https://a.example/)"<'), "https://a.example/%29%22%3C");
    });

    it("lets no name end the drawing or the fold that it stands in", () => {
        const text = reportAsMarkdown(HARMFUL, WHOLE);
        assert.equal(text.split(MARKER).length, 2);
        assert.equal(text.split("<details>").length, text.split("</details>").length);
        assert.equal(text.split("```").length, 3);
        assert.doesNotMatch(text, /<(?!!-- mesh check -->|\/?(?:details|summary|span|br\/)>)/);
    });
});

describe("the page of a check's report", () => {
    it("holds what somebody wrote as text alone", async () => {
        const page = await reportAsHtml(HARMFUL);
        assert.doesNotMatch(page, /<(?:script|img|h1>owned)|javascript:|\son\w+="/);
        assert.match(page, /&lt;img src=x onerror=alert\(1\)&gt;/);
    });

    it("loads nothing", async () => {
        const page = await reportAsHtml(RICH);
        assert.match(page, /default-src 'none'/);
        assert.doesNotMatch(page, /\ssrc=|<link|@import|url\(/);
    });
});
