import assert from "node:assert/strict";
import { compare } from "#review/compare.ts";
import { isSecretName } from "#review/secret-names.ts";
import { subjectOf } from "./subject.ts";

const SECRET = "hunter2-hunter2";

function everything(secret: string): string {
    return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: shop }
spec:
    hosts: [cart]
    http:
        - headers: { request: { set: { Authorization: "Bearer ${secret}" } } }
          route: [{ destination: { host: cart } }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: cart, namespace: shop }
spec:
    template:
        spec:
            containers:
                - { name: app, image: "cart:1", env: [{ name: DB_PASSWORD, value: "${secret}" }] }
---
apiVersion: helm.sh/v3
kind: Release
name: db
namespace: shop
chart: oci://example.org/charts/db
values: { auth: { adminPassword: "${secret}" }, tokens: [{ name: api-token, value: "${secret}" }] }
`;
}

describe("what may be a secret by its name", () => {
    it("is told by whole words", () => {
        const secrets = [
            "Authorization",
            "set-cookie",
            "DB_PASSWORD",
            "adminPassword",
            "x-api-key",
        ];
        assert.deepEqual(secrets.filter(isSecretName), secrets);
        const others = [
            "author",
            "cookie-consent",
            "tokens-per-second",
            "x-request-id",
            "password-reset",
        ];
        assert.deepEqual(others.filter(isSecretName), []);
    });

    const [first, second] = [everything(SECRET), everything(`${SECRET}-second`)];
    const without = first
        .replace(/^ +- headers.*$/m, "        - name: plain")
        .replace(/, env: .*\] \}/, " }");
    for (const [what, before, after] of [
        ["comes", without, first],
        ["changes", first, second],
        ["goes", first, without],
        [
            "comes with all that holds it",
            "{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }",
            first,
        ],
    ] as const) {
        it(`is shown by no sentence where it ${what}`, () => {
            const changes = compare(subjectOf(before), subjectOf(after));
            assert.notEqual(changes.length, 0);
            assert.ok(!JSON.stringify(changes).includes(SECRET));
        });
    }
});
