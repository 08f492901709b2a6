import { secretDisallowDefault } from "#policy/rules/secret/disallow-default.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function secret(fields: Readonly<Record<string, unknown>>): Manifest {
    return manifest("v1", "Secret", "istio-system/kiali-signing", undefined, { fields });
}

function settings(data: Readonly<Record<string, unknown>>): Manifest {
    return manifest("v1", "ConfigMap", "istio-system/kiali", undefined, { fields: { data } });
}

const PLACEHOLDER = "a placeholder, CHANGEME, serves as a secret; a secret of your own is required";
const PUBLISHED = "a secret that everybody knows; a secret of your own is required";

describeRule(secretDisallowDefault, {
    compliant: {
        "a value of one's own": {
            objects: [
                secret({ stringData: { key: "correct horse" } }),
                secret({ data: { key: btoa("battery staple") } }),
            ],
        },
        "settings that refer to it": {
            objects: [
                settings({
                    "config.yaml": "login_token:\n  signing_key: secret:kiali-signing:key",
                }),
            ],
        },
    },
    violating: {
        "a placeholder": {
            objects: [secret({ stringData: { key: "CHANGEME00000000" } })],
            violations: [`Secret istio-system/kiali-signing: stringData.key: ${PLACEHOLDER}`],
        },
        "a placeholder and a published password in base64": {
            objects: [
                secret({
                    data: { key: btoa("change-me-please"), "admin-password": btoa("admin\n") },
                }),
            ],
            violations: [
                `Secret istio-system/kiali-signing: data.key: ${PLACEHOLDER}`,
                `Secret istio-system/kiali-signing: data.admin-password: ${PUBLISHED}`,
            ],
        },
        "Istio's Kiali sample": {
            objects: [
                settings({ "config.yaml": "login_token:\n  signing_key: CHANGEME00000000\n" }),
            ],
            violations: [`ConfigMap istio-system/kiali: data["config.yaml"]: ${PLACEHOLDER}`],
        },
        "chart values, of any chart": {
            objects: [
                release("my-app", "a4co/my-app", {
                    jwt: { signingKey: "changeme" },
                    admin: { password: "admin" },
                }),
            ],
            violations: [
                `Release a4co/my-app: values.jwt.signingKey: ${PLACEHOLDER}`,
                `Release a4co/my-app: values.admin.password: ${PUBLISHED}`,
            ],
        },
    },
    unknown: {
        "one value beside a placeholder": {
            objects: [secret({ stringData: { key: UNKNOWN, "old-key": "CHANGE_ME" } })],
            violations: [`Secret istio-system/kiali-signing: stringData.old-key: ${PLACEHOLDER}`],
            advisories: [
                "Secret istio-system/kiali-signing: stringData.key: cannot be judged at preview; the value is not known yet",
            ],
        },
        "all of it": {
            objects: [secret({ data: UNKNOWN })],
            advisories: [
                "Secret istio-system/kiali-signing: data: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a user called admin": { objects: [secret({ stringData: { "admin-user": "admin" } })] },
        "the name of a Secret": {
            objects: [
                release("my-app", "a4co/my-app", {
                    existingSecret: "secret",
                    passwordKey: "password",
                    secretKeys: { adminPasswordKey: "admin" },
                }),
            ],
        },
        "a text about placeholders": {
            objects: [settings({ "README.md": "Replace every CHANGEME before use." })],
        },
        "what is no base64": { objects: [secret({ data: { key: "%%%" } })] },
        "an unknown value of a chart that is no secret": {
            objects: [release("my-app", "a4co/my-app", { replicas: UNKNOWN })],
        },
        "a Service": { objects: [manifest("v1", "Service", "a4co/changeme")], applies: false },
    },
});
