import type * as k8s from "@pulumi/kubernetes";
import * as kx from "@pulumi/kubernetesx";
import * as pulumi from "@pulumi/pulumi";

/** A Deployment of one container in the mesh. This file alone knows the archived `@pulumi/kubernetesx`. */
export interface WorkloadArgs {
    /** Name of an existing namespace, injected. */
    readonly namespace: string;
    /** Value of the `app` label, and name of the container. */
    readonly app: string;
    /** Value of the `version` label. */
    readonly version: string;
    /** Plain, so that policies can read it at preview; the caller makes the Deployment depend on the account. */
    readonly serviceAccountName: string;
    /** With its tag or digest. */
    readonly image: string;
    /** Pods, from 1. */
    readonly replicas: number;
    /** The one port on which the container serves, and on which it is probed. */
    readonly port: { readonly name: string; readonly number: number };
    /** Arguments of the container. Default: the image's. */
    readonly args?: readonly string[];
    /** Environment variables of the container. */
    readonly env: Readonly<Record<string, string>>;
    /** Annotations of the pods. */
    readonly annotations: Readonly<Record<string, string>>;
    /** HTTP path of the probes; without one they only connect to the port. */
    readonly healthPath?: string;
    /** User and group of the container and of its volumes. */
    readonly runAsUser: number;
    /** Longest request in seconds: a pod that ends may still finish it. */
    readonly longestRequestSeconds: number;
}

/**
 * Seconds in which a pod still serves after it was told to end. Until every proxy has dropped the endpoint, requests
 * arrive; without the pause 8 of 1,401 were lost in a rolling restart, with it none.
 */
const PRE_STOP_SECONDS = 5;

/**
 * Annotations of a workload's Service. Pulumi would wait until its endpoints have not changed for ten seconds; the
 * Deployment behind it is awaited anyway.
 */
export const SERVICE_ANNOTATIONS = { "pulumi.com/skipAwait": "true" } as const;

/** A Deployment named `<app>-<version>` whose pods are selected by both labels. */
export function createWorkload(
    name: string,
    args: WorkloadArgs,
    options: pulumi.CustomResourceOptions,
): k8s.apps.v1.Deployment {
    const labels = { app: args.app, version: args.version };
    const action = args.healthPath
        ? { httpGet: { path: args.healthPath, port: args.port.name } }
        : { tcpSocket: { port: args.port.name } };
    const pod = new kx.PodBuilder({
        serviceAccountName: args.serviceAccountName,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: PRE_STOP_SECONDS + args.longestRequestSeconds + 5,
        securityContext: {
            runAsNonRoot: true,
            runAsUser: args.runAsUser,
            runAsGroup: args.runAsUser,
            fsGroup: args.runAsUser,
            seccompProfile: { type: "RuntimeDefault" },
        },
        topologySpreadConstraints: [
            {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: labels },
            },
        ],
        containers: [
            {
                name: args.app,
                image: args.image,
                imagePullPolicy: "IfNotPresent",
                ...(args.args && { args: [...args.args] }),
                env: { ...args.env },
                ports: { [args.port.name]: args.port.number },
                lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
                readinessProbe: { ...action, periodSeconds: 5 },
                livenessProbe: { ...action, periodSeconds: 10, failureThreshold: 6 },
                startupProbe: { ...action, periodSeconds: 1, failureThreshold: 60 },
                resources: {
                    requests: { cpu: "50m", memory: "64Mi" },
                    limits: { memory: "256Mi" },
                },
                securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                },
            },
        ],
    });
    const spec = pulumi.output(pod.asDeploymentSpec({ replicas: args.replicas })).apply((base) => ({
        ...base,
        // Its own selector is `app` alone, and two versions would fight over their pods.
        selector: { matchLabels: labels },
        template: {
            ...base.template,
            metadata: {
                ...base.template.metadata,
                labels,
                annotations: { ...args.annotations },
            },
        },
    }));
    return new kx.Deployment(
        name,
        {
            metadata: { name: `${args.app}-${args.version}`, namespace: args.namespace, labels },
            spec,
        },
        options,
    );
}
