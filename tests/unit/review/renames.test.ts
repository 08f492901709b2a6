import assert from "node:assert/strict";
import { compareAccess } from "#review/access/compare.ts";
import { renamed } from "#review/renames.ts";
import { compareTransport } from "#review/transport.ts";
import { allow, SHOP, workload } from "./access/shop.ts";
import { subjectOf } from "./subject.ts";

const BASE = [...SHOP, allow("payment", "order", '{ methods: [POST], paths: ["/payments"] }')];

function called(from: string, to: string, yaml: readonly string[] = BASE): readonly string[] {
    return yaml.map((one) => one.replace(new RegExp(`\\b${from}\\b`, "g"), to));
}

function renamesOf(before: readonly string[], after: readonly string[]) {
    return renamed(subjectOf(...before), subjectOf(...after)).renames;
}

describe("A workload that is called otherwise", () => {
    it("is found, and nothing else is different about it", () => {
        const after = subjectOf(...called("payment", "payments"));
        const { renames, changes, before } = renamed(subjectOf(...BASE), after);
        assert.deepStrictEqual(renames, [{ from: "payment", to: "payments" }]);
        assert.deepStrictEqual(
            changes.map(({ text, weaker }) => [text, weaker]),
            [["payment is called payments now", undefined]],
        );
        assert.deepStrictEqual(compareAccess(before, after), []);
        assert.deepStrictEqual(compareTransport(before, after), []);
    });

    it("is found with another version of its image", () => {
        const imaged = BASE.map((yaml) =>
            yaml.replaceAll("name: app,", "name: app, image: host:5000/app:1.0,"),
        );
        const after = called("payment", "payments", imaged).map((yaml) =>
            yaml.replaceAll("app:1.0", "app:2.0@sha256:00ff"),
        );
        assert.deepStrictEqual(renamesOf(imaged, after), [{ from: "payment", to: "payments" }]);
        assert.deepStrictEqual(
            renamesOf(
                imaged,
                after.map((yaml) => yaml.replaceAll("/app:2.0", "/other:2.0")),
            ),
            [],
        );
    });

    it("still shows what is weaker about it", () => {
        const after = subjectOf(
            ...called("payment", "payments", SHOP),
            allow("payments", "order", '{ methods: [POST, DELETE], paths: ["/payments"] }'),
        );
        const { before } = renamed(subjectOf(...BASE), after);
        assert.deepStrictEqual(
            compareAccess(before, after).map(({ text }) => text),
            ["order may now DELETE /payments at payments"],
        );
    });

    it("is none where two might be meant", () => {
        assert.deepStrictEqual(
            renamesOf(BASE, [...called("cart", "cart2", called("payment", "payments"))]),
            [],
        );
    });

    it("is none where it is another one", () => {
        assert.deepStrictEqual(renamesOf(BASE, BASE), []);
        assert.deepStrictEqual(
            renamesOf(
                BASE,
                called("payment", "payments").map((yaml) => yaml.replaceAll("8080", "9090")),
            ),
            [{ from: "payment", to: "payments" }].slice(1),
        );
    });

    it("leaves longer names of others alone", () => {
        const before = [
            ...BASE,
            workload("payment-archive", "tcp").replace(
                "containerPort: 8080",
                "containerPort: 5432",
            ),
        ];
        const after = subjectOf(
            ...called("payment", "payments"),
            workload("payment-archive", "tcp").replace(
                "containerPort: 8080",
                "containerPort: 5432",
            ),
        );
        const { renames, before: with_ } = renamed(subjectOf(...before), after);
        assert.deepStrictEqual(renames, [{ from: "payment", to: "payments" }]);
        assert.deepStrictEqual(compareAccess(with_, after), []);
    });
});
