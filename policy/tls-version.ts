import type { Field, Finding } from "./field.ts";
import { judgements } from "./finding.ts";

const OLD: Readonly<Record<string, string>> = { TLSV1_0: "TLS 1.0", TLSV1_1: "TLS 1.1" };
const ALLOWED = "only TLSV1_2 and TLSV1_3 are allowed, or nothing, which is TLSV1_2";

function checkVersion(field: Field, effect: string): Finding[] {
    const old = OLD[field.text() ?? ""];
    return old === undefined ? [] : [field.finding(`${effect} ${old}`, ALLOWED)];
}

/** What is wrong with the least and the greatest version of TLS that a gateway speaks. */
export function checkVersions(least: Field, most: Field): Finding[] {
    return judgements(
        () => checkVersion(least, "accepts"),
        () => checkVersion(most, "allows at most"),
    );
}
