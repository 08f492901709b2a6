import { releaseDisallowPassword } from "#policy/rules/release/disallow-password.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const grafana = (values: unknown): Manifest => release("grafana", "istio-system/grafana", values);
const kiali = (values: unknown): Manifest => release("kiali-server", "istio-system/kiali", values);
const secret = (release_: string, place: string): string =>
    `Release istio-system/${release_}: values.${place}: a secret in chart values; only the name of a Secret, or a reference to one, is allowed`;

describeRule(releaseDisallowPassword, {
    compliant: {
        "Grafana's Secret by name": {
            objects: [
                grafana({
                    admin: { existingSecret: "grafana-admin", passwordKey: "admin-password" },
                }),
            ],
        },
        "Kiali's references": {
            objects: [
                kiali({
                    login_token: { signing_key: "secret:kiali-signing:key" },
                    external_services: {
                        grafana: { auth: { password: "secret:grafana-admin:admin-password" } },
                    },
                }),
            ],
        },
        "Jaeger's environment": {
            objects: [
                release("jaeger", "istio-system/jaeger", {
                    userconfig: { elasticsearch: { auth: { password: "${env:ES_PASSWORD}" } } },
                }),
            ],
        },
    },
    violating: {
        "Grafana's password": {
            objects: [grafana({ adminPassword: "correct horse" })],
            violations: [secret("grafana", "adminPassword")],
        },
        "a password of digits": {
            objects: [grafana({ adminPassword: 4711 })],
            violations: [secret("grafana", "adminPassword")],
        },
        "Kiali's signing key and a token of a list": {
            objects: [
                kiali({
                    login_token: { signing_key: "0123456789abcdef" },
                    clients: [{ client_secret: "correct horse" }],
                }),
            ],
            violations: [
                secret("kiali", "login_token.signing_key"),
                secret("kiali", "clients[0].client_secret"),
            ],
        },
        "a password in addresses": {
            objects: [
                release(
                    "grafana",
                    "istio-system/grafana",
                    { datasources: [{ url: "https://me:hunter2@prometheus.example" }] },
                    { repositoryOpts: { repo: "https://me:hunter2@charts.example" } },
                ),
                release("oci://me:hunter2@charts.example/kiali-server", "istio-system/kiali"),
            ],
            violations: [
                "Release istio-system/grafana: repositoryOpts.repo: a password in an address; only an address without one is allowed",
                "Release istio-system/grafana: values.datasources[0].url: a password in an address; only an address without one is allowed",
                "Release istio-system/kiali: chart: a password in an address; only an address without one is allowed",
            ],
        },
        "Jaeger's storage": {
            objects: [
                release("jaeger", "istio-system/jaeger", {
                    userconfig: { elasticsearch: { auth: { password: "correct horse" } } },
                }),
            ],
            violations: [secret("jaeger", "userconfig.elasticsearch.auth.password")],
        },
    },
    unknown: {
        "one password beside a written one": {
            objects: [
                grafana({ adminPassword: UNKNOWN, "grafana.ini": { database: { password: "x" } } }),
            ],
            violations: [
                secret("grafana", 'grafana.ini"].database.password').replace(
                    "values.grafana.ini",
                    'values["grafana.ini',
                ),
            ],
            advisories: [
                "Release istio-system/grafana: values.adminPassword: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the values": {
            objects: [grafana(UNKNOWN)],
            advisories: [
                "Release istio-system/grafana: values: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "an empty password, and a flag": {
            objects: [grafana({ adminPassword: "", auth: { requirePassword: true } })],
        },
        "addresses without a password, and one of a variable": {
            objects: [
                release("jaeger", "istio-system/jaeger", {
                    userconfig: {
                        a: "https://prometheus.example:9090/a@b",
                        b: "postgres://jaeger:${env:PASSWORD}@db.example",
                        c: "postgres://jaeger@db.example",
                    },
                }),
            ],
        },
        "names of keys": {
            objects: [grafana({ envValueFrom: { PASSWORD: { secretKeyRef: { name: "x" } } } })],
        },
        "a Secret and its key by name": {
            objects: [
                grafana({ admin: { existingSecret: "grafana-admin", existingSecretKey: "key" } }),
            ],
        },
        "a chart that has nothing to do with the mesh": {
            objects: [release("postgresql", "a4co/db", { auth: { password: "correct horse" } })],
        },
        "a Secret": {
            objects: [
                manifest("v1", "Secret", "a4co/db", undefined, {
                    fields: { stringData: { password: "correct horse" } },
                }),
            ],
            applies: false,
        },
    },
});
