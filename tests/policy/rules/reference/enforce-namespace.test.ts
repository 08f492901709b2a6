import { referenceEnforceNamespace } from "#policy/rules/reference/enforce-namespace.ts";
import { UNKNOWN } from "../../manifests.ts";
import { allow, from, namespace } from "../../mesh-manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const PLACE = "AuthorizationPolicy a4co/allow: spec.rules[0].from[0].source";
const named = (name: unknown) => allow(from({ namespaces: [name] }));

describeRule(referenceEnforceNamespace, {
    compliant: { "one of the mesh": { objects: [named("front"), namespace("front")] } },
    violating: {
        "a misspelt one": {
            objects: [named("frnot"), namespace("front")],
            violations: [
                `${PLACE}.namespaces[0]: there is no namespace frnot; the nearest is front`,
            ],
        },
        "one outside the mesh, in a principal": {
            objects: [
                allow(from({ principals: ["cluster.local/ns/front/sa/web"] })),
                namespace("front", {}),
            ],
            violations: [
                `${PLACE}.principals[0]: namespace front is not in the mesh, so nobody there has an identity; injection is required there, or another source here`,
            ],
        },
    },
    unknown: {
        "the namespace": {
            objects: [named(UNKNOWN), namespace("front")],
            advisories: [unknownAt(`${PLACE}.namespaces[0]`)],
        },
    },
    nearMiss: {
        "a sibling of another stack": { objects: [named("front2"), namespace("front")] },
        "a pattern": { objects: [named("fr*"), namespace("front", {})] },
    },
});
