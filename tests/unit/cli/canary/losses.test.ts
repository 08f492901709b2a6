import assert from "node:assert/strict";
import { describeTally, lostTooMany, sumOfTallies, tallyOf } from "#cli/canary/losses.ts";
import { accessLogLines } from "#live/access-logs.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import { inventory } from "#services/inventory.ts";

const GATE = { maxErrorRate: 1, maxLatencyRatio: 2, minRequests: 50 };

/** Lines as a caller's proxy writes them: what it asked, and how that ended. */
function lines(...ends: readonly (readonly [code: number, flags: string])[]): AccessLogLine[] {
    return ends.map(([response_code, response_flags], index) => {
        const text = JSON.stringify({
            authority: `${inventory.name}:${inventory.port}`,
            start_time: `2026-11-30T04:10:${10 + index}.000Z`,
            request_id: `id-${index}`,
            upstream_cluster: response_flags === "NC" ? null : "outbound|3005|v1|inventory",
            response_code,
            response_flags,
        });
        const [line] = accessLogLines(text);
        assert.ok(line);
        return line;
    });
}

describe("requests that callers lose", () => {
    it("are those that ended with a 5xx, also the ones that no cluster was found for", () => {
        const all = lines([200, "-"], [503, "NC"], [503, "UH"], [404, "-"], [503, "NC"], [0, "DC"]);
        const tally = tallyOf(all);
        assert.equal(tally.requests, 6);
        assert.deepEqual(
            [...tally.lost],
            [
                ["503 NC", 2],
                ["503 UH", 1],
            ],
        );
        assert.equal(
            describeTally(tally),
            "6 requests in the meantime, 3 lost (2 with 503 NC, 1 with 503 UH)",
        );
    });

    it("are added up by their kind", () => {
        const one = tallyOf(lines([503, "NC"], [200, "-"]));
        const sum = sumOfTallies([one, one, tallyOf(lines([500, "-"]))]);
        assert.equal(
            describeTally(sum),
            "5 requests in the meantime, 3 lost (2 with 503 NC, 1 with 500)",
        );
        assert.equal(
            describeTally({ requests: 1204, lost: new Map() }),
            "1,204 requests in the meantime, 0 lost",
        );
    });

    it("are too many where one found no version, or the others more than a canary may", () => {
        const lost = (kind: string, count: number): boolean =>
            lostTooMany({ requests: 1000, lost: new Map([[kind, count]]) }, GATE);
        assert.deepEqual([lost("503 NC", 1), lost("503 UH", 1)], [true, true]);
        assert.deepEqual([lost("503 URX,UH", 1), lost("503 UF", 10)], [true, false]);
        assert.deepEqual([lost("500 -", 10), lost("500 -", 11)], [false, true]);
        assert.equal(lostTooMany({ requests: 0, lost: new Map() }, GATE), false);
    });
});
