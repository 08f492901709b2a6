import assert from "node:assert/strict";
import { AppsV1Api } from "@kubernetes/client-node";
import type { ProbePod } from "#live/probes/session.ts";
import { IMAGES } from "#local/versions.ts";
import { coreApi, eventually, kubeConfig } from "./support.ts";

const PORT = 8097;
const SERVER = `require("node:http").createServer((_, response) => response.end("new\\n")).listen(${PORT})`;
/** Outside the mesh: this is about the node. */
const NAMESPACE = "default";

/**
 * Makes a new Deployment and Service and reaches it: that takes etcd, the API server, controller manager, scheduler,
 * kubelet, containerd and kube-proxy.
 */
export async function runsNewWorkloads(name: string, from: ProbePod): Promise<void> {
    const apps = kubeConfig().makeApiClient(AppsV1Api);
    const core = coreApi();
    const labels = { app: name };
    const metadata = { name, labels };
    const namespace = NAMESPACE;
    try {
        const service = await eventually(`Service ${name} can be made`, 60, () =>
            core.createNamespacedService({
                namespace,
                body: { metadata, spec: { selector: labels, ports: [{ port: PORT }] } },
            }),
        );
        await eventually(`Deployment ${name} can be made`, 60, () =>
            apps.createNamespacedDeployment({
                namespace,
                body: {
                    metadata,
                    spec: {
                        selector: { matchLabels: labels },
                        template: {
                            metadata: { labels },
                            spec: {
                                terminationGracePeriodSeconds: 0,
                                automountServiceAccountToken: false,
                                enableServiceLinks: false,
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
                    },
                },
            }),
        );
        const host = service.spec?.clusterIP ?? "";
        await eventually(`${name} answers at its Service`, 90, async () => {
            const probe = { id: name, host, port: PORT, method: "GET", path: "/" };
            assert.equal((await from.run([probe])).get(name)?.body, "new\n");
        });
    } finally {
        await Promise.allSettled([
            apps.deleteNamespacedDeployment({ namespace, name, propagationPolicy: "Background" }),
            core.deleteNamespacedService({ namespace, name }),
        ]);
    }
}
