import { grafanaOf } from "../../console-chart.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { HELM, WORKLOADS } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { containersOf, podOf } from "../../workload.ts";

/** What Grafana is told about visitors without a name; both are absent as a rule. */
interface Anonymous {
    readonly enabled: Field | undefined;
    readonly role: Field | undefined;
}

function check({ enabled, role }: Anonymous, production: boolean): Finding[] {
    if (enabled?.flag() !== true) {
        return [];
    }
    if (production) {
        return [
            enabled.finding(
                "anonymous visitors see every dashboard and query every data source",
                "only false is allowed in production",
            ),
        ];
    }
    const given = role?.text() ?? "Viewer";
    return role === undefined || given === "Viewer"
        ? []
        : [role.finding(`${given} for whoever reaches Grafana`, "only Viewer is allowed")];
}

const [ENABLED, ROLE] = ["GF_AUTH_ANONYMOUS_ENABLED", "GF_AUTH_ANONYMOUS_ORG_ROLE"];

/** A container's variables, which win over Grafana's file. */
function fromList(env: Field): Anonymous {
    const named = (name: string): Field | undefined =>
        env
            .items()
            .find((variable) => variable.at("name").text() === name)
            ?.at("value");
    return { enabled: named(ENABLED), role: named(ROLE) };
}

function checkChart(grafana: Field, production: boolean): Finding[] {
    const section = grafana.at("grafana.ini", "auth.anonymous");
    const env = grafana.at("env");
    const places: readonly (() => Anonymous)[] = [
        () => ({ enabled: section.at("enabled"), role: section.at("org_role") }),
        () => ({ enabled: env.at(ENABLED), role: env.at(ROLE) }),
    ];
    return each(
        () => places,
        (place) => check(place(), production),
    );
}

function checkObject(object: KubernetesObject, production: boolean): readonly Finding[] {
    if (object.group !== "helm.sh") {
        return each(
            () => containersOf(podOf(object)),
            (container) => check(fromList(container.at("env")), production),
        );
    }
    const grafana = grafanaOf(object);
    return grafana === undefined ? [] : checkChart(grafana, production);
}

/** Nobody administers Grafana without a name, as in Istio's own sample. */
export const grafanaDisallowAnonymous: ObjectRule = {
    name: "istio-grafana-disallow-anonymous",
    severity: "high",
    level: "mandatory",
    description:
        "Grafana lets nobody in without a name in production, and elsewhere as a Viewer at most. Otherwise whoever reaches its port administers it, as in Istio's sample: changes data sources and alerts, and queries everything behind them.",
    remediation: [
        'Set grafana.ini."auth.anonymous".enabled to false in production.',
        "Elsewhere set org_role to Viewer.",
        "Remove GF_AUTH_ANONYMOUS_ENABLED and GF_AUTH_ANONYMOUS_ORG_ROLE from the environment: they win over the file.",
    ],
    url: "https://grafana.com/docs/grafana/latest/setup-grafana/configure-security/configure-authentication/grafana/#anonymous-authentication",
    exemptible: "everywhere",
    selects: [...HELM, WORKLOADS],
    checkObject: (object, { settings: { production } }) => checkObject(object, production),
};
