import type { Field, KubernetesObject } from "#policy/field.ts";
import { REQUEST_AUTHENTICATION } from "#policy/kinds.ts";
import { meshViewOf, readable } from "../mesh.ts";
import type { Subject } from "../subject.ts";
import type { Workload } from "../workloads.ts";
import { holderOf, scopeOf } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** Whose tokens are accepted, and how they are judged. */
export interface Issuer {
    readonly object: KubernetesObject;
    readonly issuer: string;
    /** Audiences of which a token names one; none where any will do. */
    readonly audiences: readonly string[];
    /** Where the keys are from, or the keys themselves. */
    readonly keys: string;
    /** Where tokens are looked for; none stands for the header Authorization and the parameter access_token. */
    readonly places: readonly string[];
    /** What is handed on to the application. */
    readonly outputs: readonly string[];
}

/** Whose tokens the workloads of a subject accept. */
export interface Issuers {
    readonly issuersOf: (workload: Workload) => readonly Issuer[];
    /** Objects of which something is not known. */
    readonly unread: readonly KubernetesObject[];
}

const known = new WeakMap<Subject, Issuers>();

/** Whose tokens the workloads of a subject accept; read once for each subject. */
export function issuersOf(subject: Subject): Issuers {
    const found = known.get(subject) ?? read(subject);
    known.set(subject, found);
    return found;
}

interface Authentication extends Scope {
    readonly issuers: readonly Issuer[];
}

function read(subject: Subject): Issuers {
    const view = meshViewOf(subject);
    const unread: KubernetesObject[] = [];
    const all = view.stack.of(REQUEST_AUTHENTICATION).flatMap((object): Authentication[] => {
        const issuers = readable(() => ({
            ...scopeOf(object),
            issuers: object.root
                .at("spec", "jwtRules")
                .items()
                .map((rule) => issuerFrom(rule)),
        }));
        if (issuers === undefined) {
            unread.push(object);
        }
        return issuers === undefined ? [] : [issuers];
    });
    const heldFor = holderOf(all, view);
    return {
        unread,
        issuersOf: (workload) => {
            if (workload.proxy === "none") {
                return [];
            }
            const { own, atWaypoints } = heldFor(workload);
            return [...own, ...atWaypoints.flatMap(({ held }) => held)].flatMap(
                ({ issuers }) => issuers,
            );
        },
    };
}

/** @throws UnknownValue */
function issuerFrom(rule: Field): Issuer {
    const names = (list: string, kind: string): readonly string[] =>
        rule
            .at(list)
            .texts()
            .map((name) => `${kind} ${name}`);
    const payload = rule.at("outputPayloadToHeader").text();
    return {
        object: rule.object,
        issuer: rule.at("issuer").text() ?? "",
        audiences: [...rule.at("audiences").texts()].sort(),
        keys: rule.at("jwksUri").text() ?? rule.at("jwks").text() ?? "",
        places: [
            ...rule
                .at("fromHeaders")
                .items()
                .map((header) => `the header ${header.at("name").text() ?? ""}`),
            ...names("fromParams", "the parameter"),
            ...names("fromCookies", "the cookie"),
        ],
        outputs: [
            ...(rule.at("forwardOriginalToken").flag() === true ? ["the whole"] : []),
            ...(payload === undefined ? [] : [`the payload in ${payload}`]),
            ...rule
                .at("outputClaimToHeaders")
                .items()
                .map(
                    (output) =>
                        `the claim ${output.at("claim").text() ?? ""} in ${output.at("header").text() ?? ""}`,
                ),
        ],
    };
}
