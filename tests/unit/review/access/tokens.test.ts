import assert from "node:assert/strict";
import { compareTokens } from "#review/access/tokens.ts";
import { subjectOf } from "../subject.ts";
import { NAMESPACE, STRICT, workload } from "./shop.ts";

const BASE = [NAMESPACE, STRICT, workload("payment")];

function idp(...rules: readonly string[]): string {
    return `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: idp, namespace: shop }
spec: { jwtRules: [${rules.join(", ")}] }
`;
}

const ONE = '{ issuer: "https://one", jwksUri: "https://one/keys", audiences: [shop] }';
const TWO = '{ issuer: "https://two", jwksUri: "https://two/keys" }';

const CASES: Readonly<
    Record<
        string,
        {
            readonly before: readonly string[];
            readonly after: readonly string[];
            readonly says: Readonly<Record<string, string>>;
        }
    >
> = {
    "the rules are in another order": { before: [idp(ONE, TWO)], after: [idp(TWO, ONE)], says: {} },
    "the object has another name": {
        before: [idp(ONE)],
        after: [idp(ONE).replace("name: idp", "name: other")],
        says: {},
    },
    "tokens are checked": {
        before: [],
        after: [idp(ONE)],
        says: { "payment checks tokens of https://one now": "not weaker" },
    },
    "tokens are no longer checked": {
        before: [idp(ONE)],
        after: [],
        says: {
            "payment no longer checks tokens of https://one":
                "a request with a forged or expired token is no longer refused for it",
        },
    },
    "it no longer selects the workload": {
        before: [idp(ONE)],
        after: [idp(ONE).replace("spec: {", "spec: { selector: { matchLabels: { app: x } },")],
        says: {
            "payment no longer checks tokens of https://one":
                "a request with a forged or expired token is no longer refused for it",
        },
    },
    "another issuer is accepted": {
        before: [idp(ONE)],
        after: [idp(ONE, TWO)],
        says: { "payment accepts tokens of https://two now": "it refused them before" },
    },
    "an issuer is dropped": {
        before: [idp(ONE, TWO)],
        after: [idp(TWO)],
        says: { "payment accepts no tokens of https://one any more": "not weaker" },
    },
    "the audience is any": {
        before: [idp(ONE)],
        after: [idp(ONE.replace(", audiences: [shop]", ""))],
        says: {
            "payment accepts tokens of https://one for whatever audience now":
                "a token that was given for another application is good here, too",
        },
    },
    "an audience is added": {
        before: [idp(ONE)],
        after: [idp(ONE.replace("[shop]", "[shop, depot]"))],
        says: {
            "payment accepts tokens of https://one for depot as well now":
                "it refused tokens of that audience before",
        },
    },
    "the keys are from elsewhere": {
        before: [idp(ONE)],
        after: [idp(ONE.replace("https://one/keys", "https://evil/keys"))],
        says: {
            "payment takes the keys of https://one from https://evil/keys now":
                "whoever holds these keys can name any user of it",
        },
    },
    "tokens are taken from another header, and handed on": {
        before: [idp(ONE)],
        after: [
            idp(
                ONE.replace(
                    "audiences",
                    "fromHeaders: [{ name: x-jwt }], forwardOriginalToken: true, audiences",
                ),
            ),
        ],
        says: {
            "payment takes tokens of https://one from the header x-jwt as well now": "not weaker",
            "payment takes tokens of https://one from the header Authorization no longer":
                "not weaker",
            "payment hands on the whole of tokens of https://one now": "not weaker",
        },
    },
};

describe("Whose tokens are accepted", () => {
    for (const [title, { before, after, says }] of Object.entries(CASES)) {
        it(`is told when ${title}`, () => {
            const changes = compareTokens(
                subjectOf(...BASE, ...before),
                subjectOf(...BASE, ...after),
            );
            assert.deepStrictEqual(
                Object.fromEntries(
                    changes.map(({ text, weaker }) => [text, weaker ?? "not weaker"]),
                ),
                says,
            );
        });
    }
});
