import { isMeshChart } from "../../console-chart.ts";
import { fieldsNamed, knownBelow } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { chartField, valueAt } from "../../helm.ts";
import { HELM } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Keys whose value is the secret itself, and not the name of a Secret or of one of its keys. */
const SECRET_KEY =
    /^(?!existing).*(password|passphrase|client_?secret|signing_?key|secret_?key|private_?key|api_?key)$/i;

/** Kiali's `secret:<name>:<key>`, a variable of the environment or a file. */
const REFERENCE = /^secret:[^:]+:[^:]+$|^\$\{[^}]+\}$|^\$__(env|file)\{[^}]+\}$/;

/** Kubernetes' own `secretKeyRef: {name, key}` and the like hold no text, and a flag such as `enforcePassword` no secret. */
function check(field: Field): Finding[] {
    const { value } = field;
    const isSecret = typeof value === "string" ? value !== "" : typeof value === "number";
    return isSecret && !REFERENCE.test(String(value))
        ? [
              field.finding(
                  "a secret in chart values",
                  "only the name of a Secret, or a reference to one, is allowed",
              ),
          ]
        : [];
}

/** A password in an address; one of a variable is none. */
const ADDRESS = /:\/\/[^\s/@:]*:(?!\$)[^\s/@]+@/;

function checkAddress(field: Field): Finding[] {
    const { value } = field;
    return typeof value === "string" && ADDRESS.test(value)
        ? [field.finding("a password in an address", "only an address without one is allowed")]
        : [];
}

/** Where a chart is fetched from, and everything that it is told. */
function addressesOf(release: KubernetesObject): readonly Field[] {
    const { root } = release;
    return [
        chartField(release),
        ...["repositoryOpts", "fetchOpts"].map((place) => root.at(place, "repo")),
        root.at("repo"),
        ...knownBelow(valueAt(release)),
    ];
}

/** Values of a release are kept, in every revision, and often rendered into ConfigMaps. */
export const releaseDisallowPassword: ObjectRule = {
    name: "istio-release-disallow-password",
    severity: "high",
    level: "mandatory",
    description:
        "No password or key stands in the values of a chart of the mesh or of what observes it, nor in an address. Otherwise Helm keeps it in every revision of the release, Kiali's and Jaeger's charts write it into a ConfigMap, and whoever may read that has it.",
    remediation: [
        "Make a Secret, and give the chart its name: admin.existingSecret for Grafana, secret:<name>:<key> for Kiali.",
        "For Jaeger use ${env:VARIABLE} in userconfig, and a secretKeyRef in extraEnv.",
        "Change the password that was there: it is in the history.",
    ],
    url: "https://kiali.io/docs/configuration/kialis.kiali.io/#.spec.login_token.signing_key",
    exemptible: "everywhere",
    selects: HELM,
    checkObject: (release) =>
        isMeshChart(release)
            ? judgements(
                  () =>
                      each(
                          () => fieldsNamed(valueAt(release), (key) => SECRET_KEY.test(key)),
                          check,
                      ),
                  () => each(() => addressesOf(release), checkAddress),
              )
            : [],
};
