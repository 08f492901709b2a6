import { serviceConfigurePortProtocol } from "#policy/rules/service/configure-port-protocol.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function namespace(labels: Readonly<Record<string, unknown>>): Manifest {
    return manifest("v1", "Namespace", "a4co", undefined, { labels });
}

function service(...ports: readonly unknown[]): Manifest {
    return manifest("v1", "Service", "a4co/order", { selector: { app: "order" }, ports });
}

function deployment(inject?: string): Manifest {
    return manifest("apps/v1", "Deployment", "a4co/order", {
        template: {
            metadata: {
                labels: {
                    app: "order",
                    ...(inject !== undefined && { "sidecar.istio.io/inject": inject }),
                },
            },
        },
    });
}

const meshed = namespace({ "istio-injection": "enabled" });
const ALLOWED = "appProtocol, or a name such as http, grpc-web or tcp-nats, is required";
const wrong = (field: string, there: string): string =>
    `Service a4co/order: spec.ports${field}: ${there}; ${ALLOWED}`;

describeRule(serviceConfigurePortProtocol, {
    compliant: {
        "by name": {
            objects: [
                meshed,
                service(
                    { name: "http", port: 80 },
                    { name: "grpc-web", port: 81 },
                    { name: "grpc-web-admin", port: 82 },
                    { name: "tcp-nats", port: 4222, protocol: "TCP" },
                ),
            ],
        },
        "by appProtocol": {
            objects: [
                meshed,
                service(
                    { name: "web", port: 80, appProtocol: "HTTP" },
                    { name: "h2", port: 81, appProtocol: "kubernetes.io/h2c" },
                ),
            ],
        },
    },
    violating: {
        "a name that says nothing": {
            objects: [meshed, service({ name: "http", port: 80 }, { name: "web", port: 81 })],
            violations: [wrong("[1].name", "web says no protocol")],
        },
        "no name": {
            objects: [meshed, service({ port: 80 })],
            violations: [wrong("[0].name", "no name and no appProtocol")],
        },
        "a name that merely begins with one": {
            objects: [meshed, service({ name: "httpd", port: 80 })],
            violations: [wrong("[0].name", "httpd says no protocol")],
        },
        "an appProtocol that Istio does not know, whatever the name": {
            objects: [meshed, service({ name: "http", port: 80, appProtocol: "nats" })],
            violations: [wrong("[0].appProtocol", "nats is no protocol that Istio knows")],
        },
        "pods that ask for their sidecar themselves": {
            objects: [deployment("true"), service({ name: "web", port: 80 })],
            violations: [wrong("[0].name", "web says no protocol")],
        },
        "a namespace of another stack, for which this one writes policies": {
            objects: [
                manifest("security.istio.io/v1", "AuthorizationPolicy", "a4co/deny-all", {}),
                service({ name: "web", port: 80 }),
            ],
            violations: [wrong("[0].name", "web says no protocol")],
        },
    },
    unknown: {
        "one name beside a bad one": {
            objects: [meshed, service({ name: UNKNOWN, port: 80 }, { name: "web", port: 81 })],
            violations: [wrong("[1].name", "web says no protocol")],
            advisories: [
                "Service a4co/order: spec.ports[0].name: cannot be judged at preview; the value is not known yet",
            ],
        },
        "whether the namespace is of the mesh": {
            objects: [
                namespace({ "istio-injection": UNKNOWN }),
                service({ name: "web", port: 80 }),
            ],
            advisories: [
                "Namespace a4co: metadata.labels.istio-injection: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a namespace without sidecars": {
            objects: [namespace({}), service({ name: "web", port: 80 })],
        },
        "pods that declined their sidecar": {
            objects: [meshed, deployment("false"), service({ name: "web", port: 80 })],
        },
        "a namespace nobody here knows": { objects: [service({ name: "web", port: 80 })] },
        UDP: { objects: [meshed, service({ name: "dns", port: 53, protocol: "UDP" })] },
        "a ConfigMap": { objects: [manifest("v1", "ConfigMap", "a4co/ports")], applies: false },
    },
});
