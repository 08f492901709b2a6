import { isDeepStrictEqual } from "node:util";
import type { V1OwnerReference, V1Pod } from "@kubernetes/client-node";
import { DEFAULT_USER } from "#model/intents.ts";
import { ISTIO_CONTAINERS } from "#model/platform-names.ts";
import { differingPaths } from "../kubernetes/declared.ts";

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

/** Keeps a pod of another image alive: that of k6 has a shell as well. */
export const IDLE_COMMAND = ["/bin/busybox", "sleep", "3600"] as const;
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

/** A container of a pod as the API server has it. */
interface LiveContainer {
    readonly name: string;
    readonly image?: string;
    readonly command?: readonly string[];
    readonly securityContext?: unknown;
    readonly [field: string]: unknown;
}

/** The part of a pod that says whether it is a probe pod. */
export interface LivePod {
    readonly metadata: {
        readonly name: string;
        readonly labels?: Readonly<Record<string, string>>;
    };
    readonly spec?: unknown;
}

/**
 * Whether a pod is what a session makes: only the image and the identity are the session's to choose. A pod that runs
 * anything beside the probe, or something else in it, is none, whatever its labels say.
 *
 * @param timer name of the session's timer, which owns the pod
 */
export function isProbePod({ metadata, spec }: LivePod, timer: string): boolean {
    const session = metadata.labels?.[LABEL] ?? "";
    const live = (spec ?? {}) as {
        readonly serviceAccountName?: string;
        readonly activeDeadlineSeconds?: number;
        readonly automountServiceAccountToken?: boolean;
        readonly containers?: readonly LiveContainer[];
        readonly initContainers?: readonly LiveContainer[];
        readonly [field: string]: unknown;
    };
    const own = (live.containers ?? []).filter(({ name }) => !ISTIO_CONTAINERS.includes(name));
    const [probe] = own;
    if (probe === undefined || own.length > 1 || timer !== timerName(session)) {
        return false;
    }
    const made = probePod(
        metadata.name,
        {
            name: "",
            namespace: "",
            ...(live.serviceAccountName !== undefined && {
                serviceAccount: live.serviceAccountName,
            }),
            idle: { image: probe.image ?? "", command: probe.command ?? [] },
        },
        { image: "", labels: {}, lifetimeSeconds: live.activeDeadlineSeconds ?? 1, owner: NOBODY },
    );
    return (
        metadata.name.startsWith(`${timer}-`) &&
        isProbeCommand(probe.command ?? []) &&
        BESIDE.every((field) => probe[field] === undefined) &&
        SHARED.every((field) => live[field] === undefined) &&
        (live.initContainers ?? []).every(({ name }) => ISTIO_CONTAINERS.includes(name)) &&
        live.automountServiceAccountToken === false &&
        differingPaths(made.spec, live).length === 0 &&
        differingPaths(probe.securityContext, made.spec?.containers[0]?.securityContext).length ===
            0
    );
}

const NOBODY: V1OwnerReference = { apiVersion: "", kind: "", name: "", uid: "" };
/** What a probe's container and its pod never have. */
const BESIDE = ["args", "env", "envFrom", "volumeMounts", "lifecycle"];
const SHARED = [
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "ephemeralContainers",
];

function isProbeCommand(command: readonly string[]): boolean {
    const port = /listen\((\d+)\)$/.exec(command[2] ?? "")?.[1];
    const known = [
        ["node", "-e", SLEEP],
        IDLE_COMMAND,
        ...(port === undefined ? [] : [["node", "-e", serveScript(Number(port))]]),
    ];
    return known.some((each) => isDeepStrictEqual(each, command));
}

/** Name of a session's timer, with which the names of its pods begin. */
export function timerName(session: string): string {
    return `mesh-probe-${session}`;
}
