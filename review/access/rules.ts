import type { Change } from "../change.ts";
import type { Policy } from "./policies.ts";
import type { Side } from "./sides.ts";

/** Rules of policies, each as a text, with the policy that holds it. */
function rulesOf(
    sides: readonly Side[],
    isWanted: (policy: Policy) => boolean,
): Map<string, Policy> {
    return new Map(
        sides
            .flatMap(({ stages }) => stages)
            .flatMap(({ policies }) => policies)
            .filter(isWanted)
            .flatMap((policy) =>
                policy.rules.map(
                    (rule) => [JSON.stringify([policy.action, rule]), policy] as const,
                ),
            ),
    );
}

/**
 * The difference between the rules of two sides, where there are too many combinations to tell what each lets in. A rule
 * that lets in and was added may let in more, as does one that turns away and was removed.
 */
export function compareByRule(
    title: string,
    after: Side,
    before: readonly Side[],
): readonly Change[] {
    const isAllow = ({ action }: Policy): boolean => action === "ALLOW";
    const isOther = ({ action }: Policy): boolean => action !== "ALLOW";
    const changeOf = (kind: string, did: string, policy: Policy, isWeaker: boolean): Change => {
        const { namespace = "", name } = policy.ref;
        return {
            topic: "access",
            kind: `access/${kind}`,
            about: title,
            text: `${policy.action} rules of AuthorizationPolicy ${namespace}/${name} ${did} ${title}, compared rule by rule since there are too many combinations`,
            ...(isWeaker && {
                weaker:
                    policy.action === "ALLOW"
                        ? "a rule that lets in was added"
                        : "a rule that turns away was removed",
            }),
            objects: [policy.ref],
        };
    };
    const changes = (isWanted: (policy: Policy) => boolean, addingIsWeaker: boolean): Change[] => {
        const [own, others] = [rulesOf([after], isWanted), rulesOf(before, isWanted)];
        const isNew = before.length === 0;
        return [
            ...[...own]
                .filter(([key]) => !others.has(key))
                .map(([, policy]) =>
                    changeOf("rules-added", "were added for", policy, addingIsWeaker && !isNew),
                ),
            ...[...others]
                .filter(([key]) => !own.has(key))
                .map(([, policy]) =>
                    changeOf("rules-removed", "no longer hold for", policy, !addingIsWeaker),
                ),
        ];
    };
    return [...changes(isAllow, true), ...changes(isOther, false)];
}
