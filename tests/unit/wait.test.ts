import assert from "node:assert/strict";
import { askUntil } from "#wait.ts";

describe("asking until an answer will do", () => {
    const soon = { milliseconds: 60, pause: 1 };
    const counting = (): (() => Promise<number>) => {
        let asked = 0;
        return () => Promise.resolve((asked += 1));
    };

    it("ends with the first one that does", async () => {
        assert.equal(await askUntil(counting(), (answer) => answer === 3, soon), 3);
    });

    it("ends with the last one when the time is up, and asks at least once", async () => {
        assert.ok((await askUntil(counting(), () => false, soon)) > 1);
        assert.equal(await askUntil(counting(), () => false, { milliseconds: -1, pause: 1 }), 1);
    });

    it("ends at once where it is aborted, and where asking fails", async () => {
        const patience = { milliseconds: 60_000, pause: 30_000, signal: AbortSignal.timeout(5) };
        await assert.rejects(askUntil(counting(), () => false, patience));
        const failing = (): Promise<number> => Promise.reject(new Error("no answer"));
        await assert.rejects(
            askUntil(failing, () => false, soon),
            { message: "no answer" },
        );
    });
});
