import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";

import fc from "fast-check";

import type { JsonObject } from "../../../local/deployer/embedded/json.ts";
import { stringAt } from "../../../local/deployer/embedded/json.ts";
import { applyRandom, secretOutputsOf } from "../../../local/deployer/embedded/random.ts";
import type { Applied } from "../../../local/deployer/embedded/resource.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { contextFor, requestFor } from "./fixtures.ts";

const PASSWORD = "random:index/randomPassword:RandomPassword";

async function make(
    type: string,
    inputs: JsonObject,
    cluster = new FakeCluster(),
): Promise<Applied> {
    return applyRandom(await contextFor(cluster), requestFor(type, "r", inputs));
}

const count = (text: string, letters: RegExp): number => text.match(letters)?.length ?? 0;

describe("random resources", () => {
    it("keep their value as long as their inputs are the same", async () => {
        const cluster = new FakeCluster();
        const first = await make(PASSWORD, { length: 24, special: false }, cluster);
        const second = await make(PASSWORD, { special: false, length: 24 }, cluster);
        const third = await make(
            PASSWORD,
            { length: 24, special: false, keepers: { a: "1" } },
            cluster,
        );
        deepStrictEqual(
            [first.action, second.action, third.action],
            ["created", "unchanged", "changed"],
        );
        strictEqual(second.state["result"], first.state["result"]);
        strictEqual(second.id, "none");
        notStrictEqual(third.state["result"], first.state["result"]);
    });

    it("are stored before anybody sees them", async () => {
        const cluster = new FakeCluster();
        cluster.refuse = ({ method }) => (method === "POST" ? new Error("no") : undefined);
        await rejects(make(PASSWORD, { length: 8 }, cluster), { message: "no" });
    });

    it("have the length and the classes of letters they ask for", async () => {
        const minimum = fc.integer({ min: 0, max: 4 });
        await fc.assert(
            fc.asyncProperty(
                fc.integer({ min: 16, max: 64 }),
                fc.record({
                    minLower: minimum,
                    minUpper: minimum,
                    minNumeric: minimum,
                    minSpecial: minimum,
                }),
                async (length, minima) => {
                    const { state } = await make(PASSWORD, {
                        length,
                        ...minima,
                        overrideSpecial: "_-",
                    });
                    const text = stringAt(state, "result") ?? "";
                    strictEqual(text.length, length);
                    ok(/^[a-zA-Z0-9_-]+$/.test(text));
                    ok(count(text, /[a-z]/g) >= minima.minLower);
                    ok(count(text, /[A-Z]/g) >= minima.minUpper);
                    ok(count(text, /[0-9]/g) >= minima.minNumeric);
                    ok(count(text, /[_-]/g) >= minima.minSpecial);
                },
            ),
            { numRuns: 50 },
        );
    });

    it("leave out the classes that are switched off", async () => {
        const { state } = await make(PASSWORD, {
            length: 200,
            special: false,
            upper: false,
            numeric: false,
        });
        ok(/^[a-z]{200}$/.test(stringAt(state, "result") ?? ""));
    });

    it("refuse what cannot be made", async () => {
        await rejects(make(PASSWORD, { length: 2, minLower: 3 }), /no text of length 2/);
        await rejects(make(PASSWORD, { length: 0 }), /length must be a whole number of 1 or more/);
        const off = { length: 8, lower: false, upper: false, numeric: false, special: false };
        await rejects(make(PASSWORD, off), /no text of length 8/);
    });

    it("give an id's bytes in every form", async () => {
        const { id, state } = await make("random:index/randomId:RandomId", {
            byteLength: 4,
            prefix: "p-",
        });
        const hex = (stringAt(state, "hex") ?? "").slice(2);
        ok(/^[0-9a-f]{8}$/.test(hex));
        strictEqual(state["dec"], `p-${Number.parseInt(hex, 16)}`);
        strictEqual(id, Buffer.from(hex, "hex").toString("base64url"));
        strictEqual(state["b64Std"], `p-${Buffer.from(hex, "hex").toString("base64")}`);
    });

    it("mark as secret what the provider marks", () => {
        deepStrictEqual(secretOutputsOf(PASSWORD), ["result"]);
        deepStrictEqual(secretOutputsOf("random:index/randomString:RandomString"), []);
        deepStrictEqual(secretOutputsOf("random:index/randomBytes:RandomBytes"), ["base64", "hex"]);
    });
});
