import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { configKeys } from "#stack/config-keys.ts";
import { WRITTEN } from "../docs/documents.ts";

describe("what is written from the code", () => {
    for (const { file, write } of WRITTEN) {
        it(`${file} is as "npm run docs" writes it`, async () => {
            const text = await readFile(new URL(`../../${file}`, import.meta.url), "utf8");
            assert.equal(text, write(text));
        });
    }

    it("every key of the configuration says what it is for", () => {
        const silent = configKeys().filter(({ description }) => description.length < 10);
        assert.deepEqual(silent, []);
    });
});
