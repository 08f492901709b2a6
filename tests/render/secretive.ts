// A program whose weaknesses stand inside secrets.
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

new kubernetes.apiextensions.CustomResource("namespace-mtls", {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "shop" },
    spec: pulumi.secret({ mtls: { mode: "PERMISSIVE" } }),
});
new kubernetes.apiextensions.CustomResource("edge", {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "edge", namespace: "shop" },
    spec: { servers: [{ hosts: [pulumi.secret("sesame/*")], port: { protocol: "HTTPS" } }] },
});
