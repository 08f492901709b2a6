import assert from "node:assert/strict";
import { Secrets } from "#review/subject/secrets.ts";

const URN = "urn:pulumi:s::p::kubernetes:core/v1:Secret::a";

function shown(secret: unknown, message: string, urn = URN): string {
    const secrets = new Secrets();
    secrets.add(URN, secret);
    return secrets.hiddenIn([{ urn, message }]).map((finding) => finding.message)[0] ?? "";
}

describe("secrets in a report", () => {
    it("are hidden wherever a finding names them", () => {
        assert.equal(shown({ a: ["s3same"] }, "x: s3same is weak", "other"), "x: [secret] is weak");
        assert.equal(shown("a.b*c", "a.b*c and aXbc"), "[secret] and aXbc");
        assert.equal(shown(123456, "123456"), "[secret]");
    });

    it("are hidden as wholes before their parts", () => {
        const secrets = new Secrets();
        secrets.add(URN, ["s3same", "s3same-open"]);
        assert.deepEqual(secrets.hiddenIn([{ urn: URN, message: "s3same-open" }]), [
            { urn: URN, message: "[secret]" },
        ]);
    });

    it("are hidden in part where a rule takes one out, in the resource that holds it", () => {
        const image = "registry.example.com/shop/cart-service:latest";
        assert.equal(shown(image, "cart-service has no digest"), "[secret] has no digest");
        assert.equal(shown(image, "cart-service has", "other"), "cart-service has");
    });

    it("are no words of the API, no short ones, and no parts of other words", () => {
        for (const [secret, message] of [
            ["PERMISSIVE", "PERMISSIVE also accepts plaintext"],
            [true, "true"],
            [100, "sum to 100"],
            ["ab", "ab"],
            ["cart", "carts and a-cart1"],
            [null, "null"],
        ] as const) {
            assert.equal(shown(secret, message), message);
        }
    });
});
