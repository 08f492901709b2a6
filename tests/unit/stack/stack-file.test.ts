import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { withRelease } from "#stack/stack-file.ts";

const CHECKOUT = resolve(import.meta.dirname, "../../..");
const CANARY = {
    image: "ghcr.io/a4co/order-service:1.1.0",
    weight: 5,
    header: { name: "x-canary", value: "1" },
};
const NONE = { canary: undefined, image: undefined };

function config(text: string): Readonly<Record<string, unknown>> {
    return (parse(text) as { config: Record<string, unknown> }).config;
}

describe("a stack's file", () => {
    for (const stack of ["local", "dev", "prod"]) {
        it(`of ${stack} is the same text again after a canary was put in and taken out`, async () => {
            const text = await readFile(join(CHECKOUT, `Pulumi.${stack}.yaml`), "utf8");
            const state = { canary: CANARY, image: CANARY.image };
            const changed = withRelease(text, "order-service", state);
            assert.deepEqual(config(changed)["mesh:canaries"], { "order-service": CANARY });
            assert.deepEqual(config(changed)["mesh:serviceImages"], {
                "order-service": CANARY.image,
            });
            assert.ok(changed.startsWith(text.trimEnd()));
            assert.equal(withRelease(changed, "order-service", NONE), text);
        });
    }

    it("keeps comments, order and what is said of other services", () => {
        const text = [
            "# ours",
            "config:",
            "  # pinned",
            "  mesh:serviceImages:",
            "    nats: docker.io/library/nats:2.15.2 # as tested",
            "  mesh:environment: dev",
            "",
        ].join("\n");
        const changed = withRelease(text, "order-service", {
            canary: undefined,
            image: CANARY.image,
        });
        assert.match(changed, /nats:2\.15\.2 # as tested\n {4}order-service: ghcr/);
        assert.equal(withRelease(changed, "order-service", NONE), text);
    });

    it("may have no configuration at all", () => {
        const changed = withRelease("", "order-service", { canary: CANARY, image: undefined });
        assert.deepEqual(config(changed), { "mesh:canaries": { "order-service": CANARY } });
    });

    it("is refused where it is not YAML", () => {
        assert.throws(() => withRelease("config: {", "order-service", NONE), /not YAML/);
    });
});
