import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** A small program with one of everything that the engine has to show: what is made, changed, replaced and refused. */
const config = new pulumi.Config();
const image = config.require("image");
const replicas = config.requireNumber("replicas");

const own = new k8s.core.v1.Namespace("ns", { metadata: { name: "deployer-test" } });
const namespace = own.metadata.name;
const password = pulumi.secret("correct-horse-battery");
new k8s.core.v1.Secret("secret", {
    metadata: { name: "secret", namespace },
    stringData: { password },
});
// The provider replaces a ConfigMap whose data changes.
new k8s.core.v1.ConfigMap("settings", {
    metadata: { name: "settings", namespace },
    data: { mode: config.require("mode") },
});
const release = new k8s.helm.v3.Release("release", {
    name: "little",
    chart: join(import.meta.dirname, "chart"),
    namespace,
    timeout: 30,
    values: { password, image },
});
const labels = { app: "pause" };
new k8s.apps.v1.Deployment(
    "deployment",
    {
        metadata: { name: "pause", namespace },
        spec: {
            replicas,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    terminationGracePeriodSeconds: 1,
                    containers: [{ name: "pause", image, imagePullPolicy: "IfNotPresent" }],
                },
            },
        },
    },
    { customTimeouts: { create: "20s", update: "20s" } },
);
/** A mode that a preview does not know: it waits for the id of an object that is not made yet. */
function lateMode(): pulumi.Output<string> {
    const late = new k8s.core.v1.ConfigMap("late", { metadata: { name: "late", namespace } });
    return late.id.apply(() => "PERMISSIVE");
}

if (config.requireBoolean("weak")) {
    new k8s.apiextensions.CustomResource("weak", {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        metadata: { name: "default", namespace },
        spec: { mtls: { mode: config.requireBoolean("late") ? lateMode() : "PERMISSIVE" } },
    });
}

export default { password, status: release.status.status, note: config.require("note") };
