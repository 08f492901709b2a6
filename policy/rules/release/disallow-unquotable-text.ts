import { isMeshChart } from "../../console-chart.ts";
import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { istioChartOf } from "../../istio-chart.ts";
import { INSTALLERS } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Keys of any chart that name an image or a thing, and that templates paste as they are. */
const PASTED =
    /^(hub|tag|variant|(image)?registry|repository|digest|sha|image|(image)?pullpolicy|image_(name|version|digest|pull_policy)|(fullname|name|namespace)override|instance_name)$/i;

/** Values that Istio's charts write as YAML or as JSON, so that they may hold any text. */
const WRITTEN_OUT =
    /annotations$|^(meshConfig|meshNetworks|sidecarInjectorWebhook|jwksResolverExtraRootCA|volumes|initContainers|additionalContainers|affinity|tolerations|lifecycle|gatewayClasses|experimental|ports)$/i;

/** What ends a text in double quotes. */
const ENDS_QUOTED = /[\p{Cc}\u2028\u2029"\\]/u;
/** What ends a text of YAML that stands without quotes or in whichever, or is no text at its beginning. */
const ENDS_PLAIN = /[\p{Cc}\u2028\u2029"'`\\{}]|: | #|^[&*!|>%@[\]#]|:$/u;

const ALLOWED = "quotes, line breaks, backslashes and braces are not allowed";
/** Variables of istiod stand in double quotes. */
const VARIABLE = /(^|\.)env[.[]/;

function refused(field: Field): Finding {
    return field.finding("the chart pastes it into YAML, where it is more than one text", ALLOWED);
}

function checkText(field: Field): Finding[] {
    const { value } = field;
    const ends = VARIABLE.test(field.path) ? ENDS_QUOTED : ENDS_PLAIN;
    return typeof value === "string" && ends.test(value) ? [refused(field)] : [];
}

/** Everything in values of Istio's charts: they paste keys, such as those of labels, as well. */
function checkBelow(field: Field): Finding[] {
    return typeof field.value === "string"
        ? checkText(field)
        : [
              ...each(() => field.items(), checkBelow),
              ...each(
                  () => field.entries().filter(([key]) => !WRITTEN_OUT.test(key)),
                  ([key, child]) => (ENDS_PLAIN.test(key) ? [refused(child)] : checkBelow(child)),
              ),
          ];
}

function checkHelm(release: KubernetesObject): Finding[] {
    const values = release.root.at("values");
    if (istioChartOf(release) !== undefined) {
        return checkBelow(values);
    }
    // Of other charts only what names an image is known to be pasted.
    return isMeshChart(release)
        ? each(() => fieldsNamed(values, (key) => PASTED.test(key)), checkText)
        : [];
}

function checkOperator({ root }: KubernetesObject): Finding[] {
    return each(() => ["hub", "tag", "values"].map((key) => root.at("spec", key)), checkBelow);
}

/** A template is filled in as text, and what comes out is read as YAML. */
export const releaseDisallowUnquotableText: ObjectRule = {
    name: "istio-release-disallow-unquotable-text",
    severity: "critical",
    level: "mandatory",
    description:
        "No value that a chart of the mesh pastes into YAML, such as an image's hub or tag, holds a quote, a line break or a brace. Otherwise it adds fields of its own to what the chart makes, such as a privileged container to istiod's Deployment, and nothing of that stands in the stack.",
    remediation: [
        "Give the registry, the tag or the name alone.",
        "Look for who wrote the value: no mistake in typing looks like that.",
    ],
    url: "https://helm.sh/docs/chart_template_guide/yaml_techniques/",
    exemptible: "outside production",
    selects: INSTALLERS,
    checkObject: (object) =>
        judgements(() => (object.group === "helm.sh" ? checkHelm(object) : checkOperator(object))),
};
