import type { V1OwnerReference, V1Pod } from "@kubernetes/client-node";
import { DEFAULT_USER } from "#model/catalog.ts";

/** Who a probe pod is, and where it runs. */
export interface ProbePodOptions {
    /** Unique within the session; part of the pod's name. */
    readonly name: string;
    readonly namespace: string;
    /** Default: the namespace's `default`, which no policy of the mesh lets in. */
    readonly serviceAccount?: string;
    /** Asks for a sidecar where the namespace gives none. Default false. */
    readonly inject?: boolean;
    /** An image with a program to run in it by `execIn`, and what keeps it alive. Default: one that makes probes. */
    readonly idle?: { readonly image: string; readonly command: readonly string[] };
    /** Runs an HTTP server on this port that answers every request with 200, as a control. Default: none. */
    readonly serve?: number;
}

const SLEEP = "setInterval(() => {}, 2 ** 30)";
/** The one container of a probe pod beside its sidecar. */
export const PROBE_CONTAINER = "probe";
/** Label of everything a session makes; its value is the session's. */
export const LABEL = "mesh-probe";

/** Little is asked for, so that there is room for a probe on a cluster that is full. */
const [REQUESTS, LIMITS] = [
    { cpu: "10m", memory: "64Mi" },
    { cpu: "1", memory: "256Mi" },
];
/** The same for its sidecar. Source: https://istio.io/latest/docs/reference/config/annotations/ */
const SIDECAR_RESOURCES = {
    "sidecar.istio.io/proxyCPU": REQUESTS.cpu,
    "sidecar.istio.io/proxyCPULimit": LIMITS.cpu,
    "sidecar.istio.io/proxyMemory": REQUESTS.memory,
    "sidecar.istio.io/proxyMemoryLimit": LIMITS.memory,
};

function serveScript(port: number): string {
    return `require("node:http").createServer((_, response) => response.end("control\\n")).listen(${port})`;
}

/** What the session gives to each of its pods. */
export interface ProbePodSession {
    readonly image: string;
    readonly labels: Record<string, string>;
    readonly lifetimeSeconds: number;
    /** The session's timer: when it is gone, the pod goes. */
    readonly owner: V1OwnerReference;
}

/** A pod that waits for probes, or serves as their control. It carries no label of a workload. */
export function probePod(name: string, options: ProbePodOptions, session: ProbePodSession): V1Pod {
    return {
        metadata: {
            name,
            labels: {
                ...session.labels,
                ...(options.inject === true && { "sidecar.istio.io/inject": "true" }),
            },
            annotations: SIDECAR_RESOURCES,
            ownerReferences: [session.owner],
        },
        spec: {
            ...(options.serviceAccount !== undefined && {
                serviceAccountName: options.serviceAccount,
            }),
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            restartPolicy: "Never",
            activeDeadlineSeconds: session.lifetimeSeconds,
            terminationGracePeriodSeconds: 0,
            securityContext: {
                runAsNonRoot: true,
                runAsUser: DEFAULT_USER,
                seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
                {
                    name: PROBE_CONTAINER,
                    image: options.idle?.image ?? session.image,
                    imagePullPolicy: "IfNotPresent",
                    command: [
                        ...(options.idle?.command ?? [
                            "node",
                            "-e",
                            options.serve === undefined ? SLEEP : serveScript(options.serve),
                        ]),
                    ],
                    resources: { requests: REQUESTS, limits: LIMITS },
                    securityContext: {
                        allowPrivilegeEscalation: false,
                        readOnlyRootFilesystem: true,
                        capabilities: { drop: ["ALL"] },
                    },
                },
            ],
        },
    };
}
