import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** A small program with one of everything that the deployer can make. */
const config = new pulumi.Config();
const image = config.require("image");
const workload = config.requireBoolean("workload");

const own = new k8s.core.v1.Namespace("ns", { metadata: { name: "deployer-test" } });
const namespace = own.metadata.name;
const password = new random.RandomPassword("password", { length: 24, special: false }).result;
new k8s.core.v1.Secret("secret", {
    metadata: { name: "secret", namespace },
    stringData: { password },
});
const release = new k8s.helm.v3.Release("release", {
    name: "little",
    chart: "./chart",
    namespace,
    timeout: 20,
    values: { password, image: workload ? image : "" },
});
if (workload) {
    const labels = { app: "pause" };
    const container = { name: "pause", image, imagePullPolicy: "IfNotPresent" };
    new k8s.apps.v1.Deployment(
        "deployment",
        {
            metadata: { name: "pause", namespace },
            spec: {
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
                },
            },
        },
        { customTimeouts: { create: "20s", update: "20s" } },
    );
    new k8s.core.v1.Service("service", {
        metadata: { name: "pause", namespace },
        spec: { selector: labels, ports: [{ port: 80 }] },
    });
}

export default { password, status: release.status.status };
