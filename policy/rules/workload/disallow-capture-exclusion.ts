import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { chartValue, istioChartOf } from "../../istio-chart.ts";
import { HELM, WORKLOADS } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { podOf } from "../../workload.ts";

const ALLOWED = "all traffic goes through the sidecar";
const PREFIX = "traffic.sidecar.istio.io/";

/** Ports of the sidecar itself, which it never captures. */
const SIDECAR_PORTS: ReadonlySet<string> = new Set([
    "15000",
    "15001",
    "15006",
    "15020",
    "15021",
    "15090",
]);

type Check = (field: Field) => readonly Finding[];

function partsOf(field: Field): readonly string[] {
    return (field.text() ?? "")
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
}

function excludes(what: string): Check {
    return (field) => {
        const parts = partsOf(field).filter((part) => !SIDECAR_PORTS.has(part));
        return parts.length === 0
            ? []
            : [field.finding(`${what} ${parts.join(", ")} without the sidecar`, ALLOWED)];
    };
}

function includesOnly(what: string): Check {
    return (field) => {
        const parts = partsOf(field);
        if (!field.exists || parts.includes("*")) {
            return [];
        }
        const rest = parts.length === 0 ? "everything" : `everything but ${parts.join(", ")}`;
        return [field.finding(`${what} ${rest} without the sidecar`, ALLOWED)];
    };
}

const IN = "lets in";
const OUT = "sends out";

/** What a pod's annotations exclude from capture. */
const ANNOTATIONS: Readonly<Record<string, Check>> = {
    [`${PREFIX}excludeInboundPorts`]: excludes(IN),
    [`${PREFIX}includeInboundPorts`]: includesOnly(IN),
    [`${PREFIX}excludeOutboundPorts`]: excludes(OUT),
    [`${PREFIX}excludeOutboundIPRanges`]: excludes(OUT),
    [`${PREFIX}includeOutboundIPRanges`]: includesOnly(OUT),
    [`${PREFIX}excludeInterfaces`]: excludes("carries"),
    "sidecar.istio.io/interceptionMode": (field) =>
        field.text() === "NONE" ? [field.finding("NONE captures nothing", ALLOWED)] : [],
};

/** The same for every pod, in the values of istiod's chart below `global.proxy`. */
const VALUES: Readonly<Record<string, Check>> = {
    excludeInboundPorts: excludes(IN),
    includeInboundPorts: includesOnly(IN),
    excludeOutboundPorts: excludes(OUT),
    excludeIPRanges: excludes(OUT),
    includeIPRanges: includesOnly(OUT),
    excludeInterfaces: excludes("carries"),
};

function checkAnnotations(annotations: Field): Finding[] {
    return each(
        () => Object.entries(ANNOTATIONS),
        ([name, check]) => check(annotations.at(name)),
    );
}

function checkRelease(release: KubernetesObject): Finding[] {
    return [
        ...each(
            () => fieldsNamed(valueAt(release), (key) => /annotations$/i.test(key)),
            checkAnnotations,
        ),
        ...each(
            () => Object.entries(VALUES),
            ([name, check]) =>
                istioChartOf(release) === "istiod"
                    ? check(chartValue(release, "global", "proxy", name))
                    : [],
        ),
    ];
}

/** A sidecar that is there sees everything. */
export const workloadDisallowCaptureExclusion: ObjectRule = {
    name: "istio-workload-disallow-capture-exclusion",
    severity: "critical",
    level: "mandatory",
    description:
        "No port, address or interface is excluded from the sidecar's capture. Otherwise what comes in there needs no identity and meets no policy, and what goes out there is plaintext that no route, timeout or access log sees.",
    remediation: [
        "Remove the traffic.sidecar.istio.io annotations from the pod, and their like from global.proxy of istiod's values.",
        "Declare the port's protocol in the Service instead, for example appProtocol: tcp, and allow it by an AuthorizationPolicy.",
        "Declare a destination outside the mesh as a ServiceEntry.",
    ],
    url: "https://istio.io/latest/docs/reference/config/annotations/",
    exemptible: "outside production",
    selects: [WORKLOADS, ...HELM],
    checkObject: (object) =>
        object.group === "helm.sh"
            ? checkRelease(object)
            : checkAnnotations(podOf(object).at("metadata", "annotations")),
};
