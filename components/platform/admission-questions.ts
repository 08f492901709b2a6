import { API_VERSIONS } from "#model/istio-kinds.ts";
import {
    INJECT_LABEL,
    PROXY_CONTAINER,
    sidecarGuardName,
    UNFILLED_IMAGE,
} from "#model/platform-names.ts";
import type { AdmissionAnswer, AdmissionRequest } from "./admission-client.ts";

/** One thing that must be so before anything is created in the mesh. */
export interface AdmissionQuestion {
    /** What is asked, as it stands in an error. */
    readonly asks: string;
    readonly request: AdmissionRequest;
    /** Why the answer is not good enough, or undefined. */
    readonly judge: (answer: AdmissionAnswer) => string | undefined;
}

interface Namespaces {
    readonly namespace: string;
    readonly controlPlaneNamespace: string;
}

/** Suffix that all of Istio's validating webhooks end with, in a denial's text. */
const VALIDATOR = "validation.istio.io";

/** What of the mesh a question is about. */
export type AdmissionSubject =
    "injector" | "gatewayImage" | "guard" | "validatorAccepts" | "validatorRefuses";

/** Everything the gate asks: injector, validator and guard, and each where it could go wrong by itself. */
export function admissionQuestions(
    where: Namespaces,
): Readonly<Record<AdmissionSubject, AdmissionQuestion>> {
    return {
        injector: {
            asks: `the injector gives a pod in ${where.namespace} its sidecar`,
            request: pod(where.namespace, {}),
            judge: (answer) => {
                if (!answer.accepted) {
                    return answer.reason;
                }
                return proxyImages(answer.object).length === 0
                    ? `the pod came back without ${PROXY_CONTAINER}`
                    : undefined;
            },
        },
        gatewayImage: {
            asks: `the injector fills in the gateway's image in ${where.controlPlaneNamespace}`,
            request: pod(where.controlPlaneNamespace, GATEWAY_POD),
            judge: (answer) => {
                if (!answer.accepted) {
                    return answer.reason;
                }
                const images = proxyImages(answer.object);
                return images.length === 0 || images.includes(UNFILLED_IMAGE)
                    ? `the pod came back with image ${UNFILLED_IMAGE}`
                    : undefined;
            },
        },
        guard: {
            asks: `the guard refuses a pod without sidecar in ${where.namespace}`,
            // A guard that looks for no more than a container's name would let this one in.
            request: pod(where.namespace, {
                inject: "false",
                container: { name: PROXY_CONTAINER, image: "probe" },
            }),
            judge: (answer) => {
                if (answer.accepted) {
                    return "the pod was accepted";
                }
                return answer.reason.includes(
                    `ValidatingAdmissionPolicy '${sidecarGuardName(where.namespace)}'`,
                )
                    ? undefined
                    : answer.reason;
            },
        },
        validatorAccepts: {
            asks: "the validator accepts a sound VirtualService",
            request: virtualService(where.namespace, [
                { route: [{ destination: { host: "webhook-probe" } }] },
            ]),
            judge: (answer) => (answer.accepted ? undefined : answer.reason),
        },
        validatorRefuses: {
            // The API server's own schema lets this one pass: only Istio knows that a route must lead somewhere.
            asks: "the validator refuses a VirtualService that leads nowhere",
            request: virtualService(where.namespace, [{ timeout: "1s" }]),
            judge: (answer) => {
                if (answer.accepted) {
                    return "it was accepted, so nothing validates yet";
                }
                return answer.reason.includes(VALIDATOR) && answer.reason.includes("denied")
                    ? undefined
                    : answer.reason;
            },
        },
    };
}

interface PodShape {
    readonly inject?: "true" | "false";
    readonly annotations?: Readonly<Record<string, string>>;
    readonly container?: { readonly name: string; readonly image: string };
}

const GATEWAY_POD: PodShape = {
    inject: "true",
    annotations: { "inject.istio.io/templates": "gateway" },
    container: { name: PROXY_CONTAINER, image: UNFILLED_IMAGE },
};

/** A pod that the strictest pod security standard and any quota let pass, so that only Istio decides. */
function pod(namespace: string, shape: PodShape): AdmissionRequest {
    const { name, image } = shape.container ?? { name: "probe", image: "probe" };
    return {
        kind: "Pod",
        namespace,
        object: {
            apiVersion: "v1",
            kind: "Pod",
            metadata: {
                generateName: "webhook-probe-",
                labels: {
                    app: "webhook-probe",
                    ...(shape.inject !== undefined && { [INJECT_LABEL]: shape.inject }),
                },
                annotations: shape.annotations ?? {},
            },
            spec: {
                automountServiceAccountToken: false,
                securityContext: {
                    runAsNonRoot: true,
                    runAsUser: 65532,
                    seccompProfile: { type: "RuntimeDefault" },
                },
                containers: [
                    {
                        name,
                        image,
                        resources: {
                            requests: { cpu: "1m", memory: "1Mi" },
                            limits: { cpu: "1m", memory: "1Mi" },
                        },
                        securityContext: {
                            allowPrivilegeEscalation: false,
                            capabilities: { drop: ["ALL"] },
                        },
                    },
                ],
            },
        },
    };
}

function virtualService(namespace: string, http: readonly object[]): AdmissionRequest {
    return {
        kind: "VirtualService",
        namespace,
        object: {
            apiVersion: API_VERSIONS.VirtualService,
            kind: "VirtualService",
            metadata: { generateName: "webhook-probe-", namespace },
            spec: { hosts: ["webhook-probe"], http },
        },
    };
}

/** Images of the containers called `istio-proxy`: a native sidecar is among the init containers. */
export function proxyImages(object: unknown): readonly string[] {
    const spec = property(object, "spec");
    return ["containers", "initContainers"]
        .flatMap((key) => {
            const containers = property(spec, key);
            return Array.isArray(containers) ? (containers as readonly unknown[]) : [];
        })
        .filter((container) => property(container, "name") === PROXY_CONTAINER)
        .map((container) => String(property(container, "image")));
}

function property(object: unknown, key: string): unknown {
    return typeof object === "object" && object !== null
        ? (object as Readonly<Record<string, unknown>>)[key]
        : undefined;
}
