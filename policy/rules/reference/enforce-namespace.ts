import { eachRule, exceptedIn, namedIn } from "../../authorization.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { eachHttpMatch } from "../../http-route.ts";
import { principalFrom } from "../../identity.ts";
import {
    AUTHORIZATION_POLICY,
    HELM,
    ISTIO_KINDS,
    KUBERNETES_GATEWAY,
    VIRTUAL_SERVICE,
} from "../../kinds.ts";
import { isSelected } from "../../kubernetes-object.ts";
import { hasPolicies, isMeshedNamespace, namespaceNamed } from "../../membership.ts";
import { namespaceMeantBy } from "../../references.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

/** A namespace that the stack does not declare may be another's: only a clear misspelling is said. */
function checkName(field: Field, name: string, stack: Stack): Finding[] {
    const meant = namespaceMeantBy(stack, name);
    return meant === undefined
        ? []
        : [field.finding(`there is no namespace ${name}`, `the nearest is ${meant}`)];
}

/** Whether everything that runs in a namespace is known to have no identity of the mesh. @throws UnknownValue */
function hasNoIdentities(stack: Stack, name: string, settings: Settings): boolean {
    const declared = namespaceNamed(stack, name);
    return (
        declared !== undefined &&
        name !== settings.rootNamespace &&
        // What charts and Gateways run may ask for its sidecar by itself.
        !some(stack.in(name, ...HELM, KUBERNETES_GATEWAY), (maker) => maker.namespace === name) &&
        !isMeshedNamespace(stack, declared) &&
        // Who writes policies there means it to be in the mesh, and is told that it is not.
        !hasPolicies(stack, name, settings)
    );
}

function checkSource(field: Field, name: string, stack: Stack, settings: Settings): Finding[] {
    return hasNoIdentities(stack, name, settings)
        ? [
              field.finding(
                  `namespace ${name} is not in the mesh, so nobody there has an identity`,
                  "injection is required there, or another source here",
              ),
          ]
        : checkName(field, name, stack);
}

function eachText(
    lists: () => readonly Field[],
    check: (field: Field, text: string) => readonly Finding[],
): Finding[] {
    return each(lists, (list) =>
        each(
            () => list.items(),
            (field) => check(field, field.text() ?? ""),
        ),
    );
}

/** The namespaces of the callers that a policy names, in whatever form. */
function checkPolicy(policy: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    const source = (field: Field, name: string | undefined): readonly Finding[] =>
        name === undefined || name.includes("*") ? [] : checkSource(field, name, stack, settings);
    const inPrincipal = (field: Field, text: string): readonly Finding[] =>
        source(field, principalFrom(text)?.namespace);
    return eachRule(policy, (rule) =>
        judgements(
            () => eachText(() => namedIn(rule, "namespaces"), source),
            () =>
                eachText(
                    () => exceptedIn(rule, "namespaces"),
                    (field, name) => checkName(field, name, stack),
                ),
            () => eachText(() => namedIn(rule, "principals"), inPrincipal),
            () =>
                eachText(
                    () => namedIn(rule, "serviceAccounts"),
                    (field, text) =>
                        source(field, text.includes("/") ? text.split("/")[0] : undefined),
                ),
        ),
    );
}

function checkSourceNamespaces(service: KubernetesObject, stack: Stack): Finding[] {
    return eachHttpMatch(service, (match) => {
        const field = match.at("sourceNamespace");
        return checkName(field, field.text() ?? "", stack);
    });
}

/** Where a Sidecar takes hosts from. */
function checkSidecar({ root }: KubernetesObject, stack: Stack): Finding[] {
    return each(
        () => root.at("spec", "egress").items(),
        (egress) =>
            each(
                () => egress.at("hosts").items(),
                (field) => checkName(field, (field.text() ?? "").split("/")[0] ?? "", stack),
            ),
    );
}

/** Namespaces are named as they are called. */
export const referenceEnforceNamespace: StackRule = {
    name: "istio-reference-enforce-namespace",
    severity: "high",
    level: "mandatory",
    description:
        "Every namespace that an Istio object names is there, and one whose callers are named is in the mesh. Otherwise an ALLOW lets nobody in and a DENY denies nobody: who runs without a sidecar has no identity by which to know its namespace.",
    remediation: [
        "Write the name of the Namespace; best derived from that object, not typed.",
        "Label the callers' namespace istio-injection: enabled, or name them otherwise.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source-namespaces",
    exemptible: "outside production",
    selects: ISTIO_KINDS,
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(...ISTIO_KINDS),
            (object) =>
                judgements(
                    () =>
                        each(
                            () => object.root.at("spec", "exportTo").items(),
                            (field) => checkName(field, field.text() ?? "", stack),
                        ),
                    () =>
                        isSelected(object, [AUTHORIZATION_POLICY])
                            ? checkPolicy(object, stack, settings)
                            : [],
                    () =>
                        isSelected(object, [VIRTUAL_SERVICE])
                            ? checkSourceNamespaces(object, stack)
                            : [],
                    () => (object.kind === "Sidecar" ? checkSidecar(object, stack) : []),
                ),
        ),
};
