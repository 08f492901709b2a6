import {
    CAPTURE_VALUES,
    checkAnnotations,
    checkIdentities,
    checkIdentity,
    checkListeners,
    checkMode,
    isIdentityKey,
} from "../../capture.ts";
import { CONTROL_PLANE_KINDS, eachIstiod } from "../../control-plane.ts";
import type { ControlPlane } from "../../control-plane.ts";
import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { partOf, valuesOf } from "../../istio-part.ts";
import { INSTALLERS, SIDECAR, WORKLOADS } from "../../kinds.ts";
import { hasPolicies, isInjected, isInMesh, isMeshed, namespaceNamed } from "../../membership.ts";
import { isNeverInjected } from "../../never-injected.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { podOf } from "../../workload.ts";

function checkWorkload(stack: Stack, workload: KubernetesObject, settings: Settings): Finding[] {
    const pod = podOf(workload);
    return [
        ...checkAnnotations(pod.at("metadata", "annotations")),
        ...judgements(() => {
            // Outside the mesh the number means nothing.
            const findings = checkIdentities(pod);
            return findings.length > 0 && isMeshed(stack, workload, settings) ? findings : [];
        }),
    ];
}

/** Charts and operators copy annotations of their values to pods, and charts security contexts as well. */
function checkInstaller(stack: Stack, release: KubernetesObject): Finding[] {
    const isHelm = release.group === "helm.sh";
    const values = isHelm ? valuesOf(release) : release.root.at("spec");
    return [
        ...each(() => fieldsNamed(values, (key) => /annotations$/i.test(key)), checkAnnotations),
        ...judgements(() => {
            const findings = each(() => fieldsNamed(values, isIdentityKey), checkIdentity);
            return findings.length > 0 && partOf(release) === undefined && isInMesh(stack, release)
                ? findings
                : [];
        }),
    ];
}

/** What holds for every pod of the mesh. */
function checkIstiod(istiod: ControlPlane): Finding[] {
    const field = (found: Field | undefined, check: (field: Field) => readonly Finding[]) =>
        found === undefined ? [] : check(found);
    return [
        ...each(
            () => Object.entries(CAPTURE_VALUES),
            ([name, check]) => field(istiod.value("global", "proxy", name), check),
        ),
        ...judgements(() =>
            field(istiod.meshConfig("defaultConfig", "interceptionMode"), checkMode),
        ),
        ...judgements(() => field(istiod.injection("injectedAnnotations"), checkAnnotations)),
    ];
}

/** Namespaces in which Istio's network plugin leaves pods alone, although they have a sidecar. */
function checkPlugin(stack: Stack, installer: KubernetesObject, settings: Settings): Finding[] {
    if (partOf(installer) !== "cni") {
        return [];
    }
    const values = valuesOf(installer);
    return each(
        () => [values.at("excludeNamespaces"), values.at("cni", "excludeNamespaces")],
        (list) =>
            each(
                () => list.items(),
                (item) => {
                    const name = item.text() ?? "";
                    const declared = namespaceNamed(stack, name);
                    const isMeant =
                        !isNeverInjected(name) &&
                        name !== settings.rootNamespace &&
                        (declared === undefined
                            ? hasPolicies(stack, name, settings)
                            : isInjected(declared, stack));
                    return isMeant
                        ? [
                              item.finding(
                                  `nothing redirects the pods of ${name} to their sidecars`,
                                  "all traffic goes through the sidecar",
                              ),
                          ]
                        : [];
                },
            ),
    );
}

/** A sidecar that is there sees everything. */
export const workloadDisallowCaptureExclusion: StackRule = {
    name: "istio-workload-disallow-capture-exclusion",
    severity: "critical",
    level: "mandatory",
    description:
        "No port, address, interface or user is excluded from the sidecar's capture. Otherwise what comes in there needs no identity and meets no policy, and what goes out there is plaintext that no route, timeout or access log sees.",
    remediation: [
        "Remove the traffic.sidecar.istio.io annotations from the pod, and their like from global.proxy of istiod's values.",
        "Give the application a user and group of its own: 1337 is the proxy's.",
        "Leave interceptionMode out, in the mesh's defaultConfig as in annotations.",
        "Declare the port's protocol in the Service instead, for example appProtocol: tcp, and allow it by an AuthorizationPolicy.",
        "Declare a destination outside the mesh as a ServiceEntry.",
    ],
    url: "https://istio.io/latest/docs/reference/config/annotations/",
    exemptible: "outside production",
    selects: [WORKLOADS, SIDECAR, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) => [
        ...each(
            () => stack.of(WORKLOADS),
            (workload) => checkWorkload(stack, workload, settings),
        ),
        ...each(
            () => stack.of(...INSTALLERS),
            (installer) => [
                ...checkInstaller(stack, installer),
                ...judgements(() => checkPlugin(stack, installer, settings)),
            ],
        ),
        ...each(
            () => stack.of(SIDECAR),
            ({ root }) => checkListeners(root.at("spec")),
        ),
        ...eachIstiod(stack, settings, checkIstiod),
    ],
};
