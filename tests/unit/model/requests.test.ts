import assert from "node:assert/strict";
import { allowsPath, instanceOf, routeOf } from "#model/requests.ts";
import { catalog } from "#services/catalog.ts";

describe("requests to a service", () => {
    it("are taken by the first route whose prefix they begin with", () => {
        const [order] = catalog.services;
        assert.deepEqual(
            ["/orders", "/ordersx", "/health"].map((path) => routeOf(order, path)?.prefix),
            ["/orders", "/orders", undefined],
        );
    });

    it("are allowed by an exact path, or by everything below a wildcard", () => {
        const allowed = (pattern: string): string[] =>
            ["/a", "/a/", "/a/b", "/ab", "/a/b/c"].filter((path) => allowsPath(pattern, path));
        assert.deepEqual(allowed("/a"), ["/a"]);
        assert.deepEqual(allowed("/a/*"), ["/a/", "/a/b", "/a/b/c"]);
        assert.deepEqual(allowed("/a*"), []);
        for (const pattern of ["/a", "/a/*", "/*"]) {
            assert.ok(allowsPath(pattern, instanceOf(pattern)), pattern);
        }
    });
});
