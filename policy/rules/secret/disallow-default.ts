import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { CONFIG_MAP, HELM, SECRET } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const PLACEHOLDER = /change[-_ ]?me/i;
/** Secrets that charts and samples are published with. */
const PUBLISHED: ReadonlySet<string> = new Set([
    "admin",
    "changeit",
    "password",
    "prom-operator",
    "secret",
]);
const SECRET_KEY = /(password|passphrase|passwd|secret|key|token)$/i;
/** Other keys often hold the name of a key, which may well be password. */
const PASSWORD_KEY = /^(?!existing).*(password|passphrase|passwd)$/i;

/** Never shows the value: all but the placeholder's letters could be somebody's secret. */
function check(field: Field, key: string, text: string): Finding[] {
    const allowed = "a secret of your own is required";
    if (PLACEHOLDER.test(text)) {
        return [field.finding("a placeholder, CHANGEME, serves as a secret", allowed)];
    }
    return PASSWORD_KEY.test(key) && PUBLISHED.has(text.trim())
        ? [field.finding("a secret that everybody knows", allowed)]
        : [];
}

function decoded(base64: string): string {
    try {
        return atob(base64.trim());
    } catch {
        return ""; // Kubernetes refuses it.
    }
}

function checkSecret({ root }: KubernetesObject): Finding[] {
    const entries = (place: Field, read: (text: string) => string): Finding[] =>
        each(
            () => place.entries(),
            ([key, field]) => check(field, key, read(field.text() ?? "")),
        );
    return [...entries(root.at("data"), decoded), ...entries(root.at("stringData"), String)];
}

/** A line of a settings file that gives a placeholder to something secret. */
const PLACEHOLDER_LINE =
    /(password|passphrase|secret|key|token)["']?\s*[:=]\s*["']?change[-_ ]?me/i;

function checkConfigMap({ root }: KubernetesObject): Finding[] {
    return each(
        () => root.at("data").entries(),
        ([key, field]) => {
            const text = field.text() ?? "";
            const line = SECRET_KEY.test(key) ? `${key}: ${text}` : text;
            return PLACEHOLDER_LINE.test(line) ? check(field, key, "CHANGEME") : [];
        },
    );
}

function checkRelease(release: KubernetesObject): Finding[] {
    return each(
        () => fieldsNamed(valueAt(release), (key) => SECRET_KEY.test(key)),
        (field) =>
            check(field, field.path.slice(field.path.lastIndexOf(".") + 1), field.text() ?? ""),
    );
}

/** What stands in everybody's copy of a sample is no secret. */
export const secretDisallowDefault: ObjectRule = {
    name: "istio-secret-disallow-default",
    severity: "critical",
    level: "mandatory",
    description:
        "No secret is a placeholder or a password that a chart or sample is published with, such as the signing key CHANGEME00000000 of Istio's Kiali sample. Otherwise everybody who has read the sample signs their own session, or logs in.",
    remediation: [
        "Make the value with a RandomPassword, and hand it over in a Secret.",
        "Change it where it has been in use, and end the sessions that were signed with it.",
    ],
    url: "https://kiali.io/docs/configuration/kialis.kiali.io/#.spec.login_token.signing_key",
    exemptible: "outside production",
    selects: [CONFIG_MAP, SECRET, ...HELM],
    checkObject: (object) => {
        switch (object.kind) {
            case CONFIG_MAP.kind:
                return checkConfigMap(object);
            case SECRET.kind:
                return checkSecret(object);
            default:
                return checkRelease(object);
        }
    },
};
