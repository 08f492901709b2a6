import { fits } from "#policy/string-match.ts";
import type { Change } from "../change.ts";
import type { Compare, Subject } from "../subject.ts";
import { counterpartsOf, isOfMesh, workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { policiesOf } from "./policies.ts";
import { OWN_TRUST_DOMAIN, PEER } from "./tests.ts";
import { listed } from "./words.ts";

/** Who runs under the identity of somebody else, and who is asked whether a request is let in. */
export const compareIdentities: Compare = (before, after) =>
    workloadsOf(after)
        .all.filter(isOfMesh)
        .flatMap((workload) => [
            ...borrowed(workload, before, after),
            ...otherProviders(workload, before, after),
        ]);

function borrowed(workload: Workload, before: Subject, after: Subject): readonly Change[] {
    const { principal, service, namespace, ref } = workload;
    const others = counterpartsOf(before, workload);
    const [then, now] = [workloadsOf(before), workloadsOf(after)];
    const owners = then
        .runningAs(principal)
        .filter((owner) => owner.service !== service || owner.namespace !== namespace);
    const isLetIn = letsIn(workload, after);
    if (
        owners.length === 0 ||
        others.some((other) => other.principal === principal) ||
        // Who is new and shares an identity that no policy names gains nothing.
        (others.length === 0 && !isLetIn)
    ) {
        return [];
    }
    const title = now.titleOf(workload);
    const names = listed([...new Set(owners.map(then.titleOf))].sort(), " and ");
    return [
        {
            topic: "access",
            kind: "access/identity",
            about: title,
            text: `${title}${others.length === 0 ? ", which is new," : ""} runs under the identity of ${names} now`,
            ...(isLetIn && { weaker: `whatever lets ${names} in lets ${title} in as well` }),
            objects: [ref],
            declared: { workload: service, path: [] },
        },
    ];
}

const known = new WeakMap<Subject, readonly string[]>();

/** The callers that policies name, as they write them. */
function namedCallers(subject: Subject): readonly string[] {
    const { stagesOf } = policiesOf(subject);
    const found =
        known.get(subject) ??
        workloadsOf(subject)
            .all.flatMap(stagesOf)
            .flatMap(({ policies }) => policies)
            .filter(({ action }) => action === "ALLOW")
            .flatMap(({ rules }) => rules)
            .flatMap(({ sources, conditions }) => [...sources.flat(), ...conditions])
            .filter(({ dimension, negated }) => dimension === PEER && !negated)
            .flatMap(({ matching, values }) =>
                matching === "principal" || matching === "text"
                    ? values
                    : matching === "account"
                      ? values.map((value) => `*/ns/${value.replace("/", "/sa/")}`)
                      : [],
            );
    known.set(subject, [...new Set(found)]);
    return found;
}

/** Whether a policy names the identity of a workload as one that it lets in. */
function letsIn({ namespace, account }: Workload, subject: Subject): boolean {
    const principal = `${OWN_TRUST_DOMAIN}/ns/${namespace}/sa/${account}`;
    return namedCallers(subject).some((caller) => caller !== "*" && fits(principal, caller));
}

/** Whom policies of the action CUSTOM have a workload ask. */
function providersOf(subject: Subject, workload: Workload): readonly string[] {
    return policiesOf(subject)
        .stagesOf(workload)
        .flatMap(({ policies }) => policies)
        .flatMap(({ action, provider }) => (action === "CUSTOM" ? provider : []));
}

/** Somebody else who is asked in place of who was; that nobody is asked is told with what is let in. */
function otherProviders(workload: Workload, before: Subject, after: Subject): readonly Change[] {
    const asked = new Set(
        counterpartsOf(before, workload).flatMap((one) => providersOf(before, one)),
    );
    const asks = new Set(providersOf(after, workload));
    const [come, gone] = [
        [...asks].filter((one) => !asked.has(one)),
        [...asked].filter((one) => !asks.has(one)),
    ];
    const title = workloadsOf(after).titleOf(workload);
    return come.length === 0 || gone.length === 0
        ? []
        : [
              {
                  topic: "access",
                  kind: "access/provider",
                  about: title,
                  text: `${title} asks ${listed(come, " and ")} whom to let in now, asked ${listed(gone, " and ")} before`,
                  weaker: "who decides there is somebody else, who may agree to more",
                  objects: [workload.ref],
                  declared: { workload: workload.service, path: [] },
              },
          ];
}
