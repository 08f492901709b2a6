import { CustomObjectsApi } from "@kubernetes/client-node";
import { IMAGES } from "#local/versions.ts";
import { clusterHost } from "#model/mesh.ts";
import { context, coreApi, eventually, kubeConfig } from "./support.ts";

/** A workload of the mesh that is in no catalogue. */
export const UNLISTED = "mesh-test-unlisted";
export const UNLISTED_PORT = 8098;

const SERVER = `require("node:http").createServer((_, response) => response.end("open\\n")).listen(${UNLISTED_PORT})`;
const LABELS = { app: UNLISTED };
/** The cluster ends it even if this process is killed. */
const LIFETIME_SECONDS = 180;

/** Runs `work` while there is such a workload, with a Service before it. */
export async function unlisted(work: (host: string) => Promise<void>): Promise<void> {
    const { namespace } = context;
    const core = coreApi();
    const metadata = { name: UNLISTED, labels: LABELS };
    try {
        await core.createNamespacedService({
            namespace,
            body: {
                metadata,
                spec: { selector: LABELS, ports: [{ name: "http", port: UNLISTED_PORT }] },
            },
        });
        await core.createNamespacedPod({
            namespace,
            body: {
                metadata,
                spec: {
                    automountServiceAccountToken: false,
                    enableServiceLinks: false,
                    restartPolicy: "Never",
                    activeDeadlineSeconds: LIFETIME_SECONDS,
                    terminationGracePeriodSeconds: 0,
                    securityContext: { runAsNonRoot: true, runAsUser: 10001 },
                    containers: [
                        {
                            name: "server",
                            image: IMAGES.probe,
                            imagePullPolicy: "IfNotPresent",
                            command: ["node", "-e", SERVER],
                        },
                    ],
                },
            },
        });
        await eventually(`pod ${UNLISTED} is ready`, 60, async () => {
            const { status } = await core.readNamespacedPod({ namespace, name: UNLISTED });
            return (
                status?.conditions?.some(
                    (condition) => condition.type === "Ready" && condition.status === "True",
                ) === true
            );
        });
        await work(clusterHost(UNLISTED, context));
    } finally {
        const gone = { namespace, name: UNLISTED };
        await Promise.allSettled([
            core.deleteNamespacedService(gone),
            core.deleteNamespacedPod({ ...gone, gracePeriodSeconds: 0 }),
        ]);
    }
}

/** Runs `work` while everybody may call the workload. */
export async function allow(work: () => Promise<void>): Promise<void> {
    const api = kubeConfig().makeApiClient(CustomObjectsApi);
    const policies = {
        group: "security.istio.io",
        version: "v1",
        namespace: context.namespace,
        plural: "authorizationpolicies",
    };
    await api.createNamespacedCustomObject({
        ...policies,
        body: {
            apiVersion: "security.istio.io/v1",
            kind: "AuthorizationPolicy",
            metadata: { name: UNLISTED },
            spec: { selector: { matchLabels: LABELS }, rules: [{}] },
        },
    });
    try {
        await work();
    } finally {
        await api.deleteNamespacedCustomObject({ ...policies, name: UNLISTED });
    }
}
