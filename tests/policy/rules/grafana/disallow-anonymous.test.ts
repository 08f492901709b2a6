import { grafanaDisallowAnonymous } from "#policy/rules/grafana/disallow-anonymous.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const grafana = (values: unknown): Manifest => release("grafana", "istio-system/grafana", values);
const anonymous = (section: unknown): unknown => ({ "grafana.ini": { "auth.anonymous": section } });

function sample(...env: readonly (readonly [name: unknown, value: unknown])[]): Manifest {
    const list = env.map(([name, value]) => ({ name, value }));
    return manifest("apps/v1", "Deployment", "istio-system/grafana", {
        template: { spec: { containers: [{ name: "grafana", env: list }] } },
    });
}

const development = { settings: { production: false } };
const SECTION = 'values["grafana.ini"]["auth.anonymous"]';
const OPEN =
    "anonymous visitors see every dashboard and query every data source; only false is allowed in production";
const ENV = "spec.template.spec.containers[0].env";

describeRule(grafanaDisallowAnonymous, {
    compliant: {
        "nobody without a name": { objects: [grafana(anonymous({ enabled: false }))] },
        "viewers, outside production": {
            objects: [grafana(anonymous({ enabled: true, org_role: "Viewer" }))],
            ...development,
        },
        "the default role, outside production": {
            objects: [sample(["GF_AUTH_ANONYMOUS_ENABLED", "true"])],
            ...development,
        },
    },
    violating: {
        "viewers in production": {
            objects: [grafana(anonymous({ enabled: true, org_role: "Viewer" }))],
            violations: [`Release istio-system/grafana: ${SECTION}.enabled: ${OPEN}`],
        },
        "administrators outside production": {
            objects: [grafana(anonymous({ enabled: true, org_role: "Admin" }))],
            ...development,
            violations: [
                `Release istio-system/grafana: ${SECTION}.org_role: Admin for whoever reaches Grafana; only Viewer is allowed`,
            ],
        },
        "the chart's environment": {
            objects: [
                grafana({
                    ...(anonymous({ enabled: false }) as object),
                    env: { GF_AUTH_ANONYMOUS_ENABLED: "true" },
                }),
            ],
            violations: [
                `Release istio-system/grafana: values.env.GF_AUTH_ANONYMOUS_ENABLED: ${OPEN}`,
            ],
        },
        "Grafana below another chart": {
            objects: [
                release("kube-prometheus-stack", "monitoring/stack", {
                    grafana: anonymous({ enabled: "true" }),
                }),
            ],
            violations: [
                `Release monitoring/stack: values.grafana["grafana.ini"]["auth.anonymous"].enabled: ${OPEN}`,
            ],
        },
        "Istio's sample": {
            objects: [
                sample(
                    ["GF_AUTH_ANONYMOUS_ENABLED", "true"],
                    ["GF_AUTH_ANONYMOUS_ORG_ROLE", "Admin"],
                ),
            ],
            ...development,
            violations: [
                `Deployment istio-system/grafana: ${ENV}[1].value: Admin for whoever reaches Grafana; only Viewer is allowed`,
            ],
        },
    },
    unknown: {
        "the file beside the environment": {
            objects: [
                grafana({
                    ...(anonymous(UNKNOWN) as object),
                    env: { GF_AUTH_ANONYMOUS_ENABLED: "true" },
                }),
            ],
            violations: [
                `Release istio-system/grafana: values.env.GF_AUTH_ANONYMOUS_ENABLED: ${OPEN}`,
            ],
            advisories: [
                `Release istio-system/grafana: ${SECTION}: cannot be judged at preview; the value is not known yet`,
            ],
        },
        "the role": {
            objects: [
                sample(
                    ["GF_AUTH_ANONYMOUS_ENABLED", "true"],
                    ["GF_AUTH_ANONYMOUS_ORG_ROLE", UNKNOWN],
                ),
            ],
            ...development,
            advisories: [
                `Deployment istio-system/grafana: ${ENV}[1].value: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "a role for nobody": {
            objects: [grafana(anonymous({ enabled: false, org_role: "Admin" }))],
        },
        "an unknown variable of something else": {
            objects: [sample(["DATABASE", UNKNOWN], ["GF_AUTH_ANONYMOUS_ENABLED", "false"])],
        },
        "another chart": {
            objects: [
                release("my-app", "a4co/my-app", { env: { GF_AUTH_ANONYMOUS_ENABLED: "true" } }),
            ],
        },
        "an application's chart of which no value is known": {
            objects: [release("my-app", "a4co/my-app", UNKNOWN)],
        },
        "a ConfigMap": {
            objects: [manifest("v1", "ConfigMap", "a4co/grafana")],
            applies: false,
        },
    },
});
