import { referenceEnforceRevision } from "#policy/rules/reference/enforce-revision.ts";
import { release, UNKNOWN } from "../../manifests.ts";
import { namespace } from "../../mesh-manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const istiod = (values: object) => release("istiod", "istio-system/istiod", values);
const asking = (revision: unknown) => namespace("a4co", { "istio.io/rev": revision });
const PLACE = 'Namespace a4co: metadata.labels["istio.io/rev"]';

describeRule(referenceEnforceRevision, {
    compliant: {
        "its revision": { objects: [asking("1-31-1"), istiod({ revision: "1-31-1" })] },
        "a tag of it": {
            objects: [namespace(), istiod({ revision: "1-31-1", revisionTags: ["default"] })],
        },
        "none at all": { objects: [namespace(), istiod({})] },
    },
    violating: {
        "one that is not there": {
            objects: [asking("1-30-4"), istiod({ revision: "1-31-1" })],
            violations: [
                `${PLACE}: no control plane of the stack has revision 1-30-4; the nearest is 1-31-1`,
            ],
        },
        "the default, which no control plane is": {
            objects: [namespace(), istiod({ revision: "1-31-1" })],
            violations: [
                "Namespace a4co: metadata.labels.istio-injection: no control plane of the stack has revision default; the nearest is 1-31-1",
            ],
        },
    },
    unknown: {
        "the revision asked for": {
            objects: [asking(UNKNOWN), istiod({ revision: "1-31-1" })],
            advisories: [unknownAt(PLACE)],
        },
    },
    nearMiss: {
        "a control plane of another stack": { objects: [asking("1-30-4")] },
        "injection that is off": {
            objects: [
                namespace("a4co", { "istio-injection": "disabled" }),
                istiod({ revision: "1-31-1" }),
            ],
        },
    },
});
