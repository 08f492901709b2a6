import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { Answer } from "#policy/answer.ts";
import { ANSWER_FIELDS, dayProblem, elementsOf, missingFields } from "#policy/answer.ts";
import { modesOf } from "./strangers/istio.ts";
import { annotationsOf } from "./temporary.ts";

/** Annotation by which somebody answers for an object that nobody declared, as JSON: owner, reason and last day. */
export const ACCEPTED_ANNOTATION = "mesh.a4co.dev/accepted";

/** When and where it is judged whether an acceptance holds. */
export interface AcceptanceTerms {
    readonly production: boolean;
    /** As `YYYY-MM-DD`. */
    readonly today: string;
}

/** Whether somebody answers for an object; neither where nobody says so. */
export type Acceptance =
    | { readonly accepted: Answer }
    /** Why it does not hold. */
    | { readonly refused: string }
    | undefined;

/** Whether somebody answers for an object, and may. */
export function acceptanceOf(
    object: LiveObject,
    { production, today }: AcceptanceTerms,
): Acceptance {
    const text = annotationsOf(object.metadata)[ACCEPTED_ANNOTATION];
    if (text === undefined) {
        return undefined;
    }
    const [element, ...others] = elementsOf(text) ?? [];
    const missing = missingFields(element, ANSWER_FIELDS);
    if (others.length > 0 || missing.length > 0) {
        return {
            refused: `its annotation ${ACCEPTED_ANNOTATION} is not {"owner": …, "reason": …, "expires": "YYYY-MM-DD"}`,
        };
    }
    const answer = element as Answer;
    const late = dayProblem(answer.expires, today);
    if (late !== undefined) {
        return { refused: `its acceptance by ${answer.owner} ${late}` };
    }
    const opened = production ? openedBy(object) : undefined;
    return opened === undefined
        ? { accepted: answer }
        : { refused: `nobody can accept in production what opens ${opened}` };
}

/** Of what an object may take the protection away; `undefined` where it can do no such thing. */
function openedBy(object: LiveObject): "identity" | "encryption" | "authorization" | undefined {
    const spec = (object["spec"] ?? {}) as Readonly<Record<string, unknown>>;
    switch (object.kind) {
        case "AuthorizationPolicy":
            return ["DENY", "AUDIT"].includes(String(spec["action"])) ? undefined : "authorization";
        case "PeerAuthentication":
            return modesOf(spec).every((mode) => mode === "STRICT") ? undefined : "encryption";
        case "DestinationRule":
            return /"mode":"DISABLE"|"insecureSkipVerify":true/.test(JSON.stringify(spec))
                ? "encryption"
                : undefined;
        case "Gateway":
            return /"protocol":"(HTTP|TCP|GRPC|HTTP2|MONGO)"|"mode":"(PASSTHROUGH|AUTO_PASSTHROUGH|OPTIONAL_MUTUAL)"/.test(
                JSON.stringify(spec),
            )
                ? "encryption"
                : undefined;
        case "Sidecar":
            return spec["ingress"] === undefined ? undefined : "encryption";
        case "Service":
            return spec["type"] === "ExternalName" ? undefined : "identity";
        case "Namespace":
        case "ConfigMap":
            return "encryption";
        case "EnvoyFilter":
        case "WasmPlugin":
        case "TrafficExtension":
            return "authorization";
        case "RequestAuthentication":
        case "EndpointSlice":
        case "WorkloadEntry":
        case "WorkloadGroup":
        case "MutatingWebhookConfiguration":
        case "MutatingAdmissionPolicy":
        case "MutatingAdmissionPolicyBinding":
        case "Pod":
        case "Deployment":
        case "RoleBinding":
        case "ClusterRoleBinding":
            return "identity";
        default:
            return undefined;
    }
}

/** For example `until 2026-12-31 by payments: the partner's pilot`. */
export function answerText({ owner, reason, expires }: Answer): string {
    return `accepted until ${expires} by ${owner}: ${reason}`;
}
