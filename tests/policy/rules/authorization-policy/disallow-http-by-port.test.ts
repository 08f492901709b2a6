import { authorizationPolicyDisallowHttpByPort } from "#policy/rules/authorization-policy/disallow-http-by-port.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, deployment, namespace, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const payment = deployment("a4co/payment", {
    spec: { containers: [{ name: "app", ports: [{ name: "web", containerPort: 3006 }] }] },
});

function service(port: Readonly<Record<string, unknown>>, place = "a4co/payment"): Manifest {
    return manifest("v1", "Service", place, { selector: { app: "payment" }, ports: [port] });
}

const FOUND =
    "AuthorizationPolicy a4co/allow: spec.rules[0].to[0].operation.ports[0]: 3006 is a port of HTTP, so every path and method is let in; an ALLOW on HTTP names paths and methods";
const byPort = allow(to({ ports: ["3006"] }));

describeRule(authorizationPolicyDisallowHttpByPort, {
    compliant: {
        "paths and methods beside the port": {
            objects: [
                allow(to({ ports: ["3006"], paths: ["/a"], methods: ["GET"] })),
                payment,
                service({ name: "http", port: 3006 }),
            ],
        },
        "a port of TCP": {
            objects: [byPort, payment, service({ name: "tcp-nats", port: 3006 })],
        },
    },
    violating: {
        "HTTP by the port's name": {
            objects: [byPort, payment, service({ name: "http-web", port: 3006 })],
            violations: [FOUND],
        },
        "HTTP by appProtocol, behind a target port with a name": {
            objects: [
                byPort,
                payment,
                service({ name: "web", appProtocol: "http", port: 80, targetPort: "web" }),
            ],
            violations: [FOUND],
        },
        "by a condition": {
            objects: [
                allow({ to: undefined, when: [{ key: "destination.port", values: ["3006"] }] }),
                payment,
                service({ name: "http-web", port: 3006 }),
            ],
            violations: [
                "AuthorizationPolicy a4co/allow: spec.rules[0].when[0].values[0]: 3006 is a port of HTTP, so every path and method is let in; an ALLOW on HTTP names paths and methods",
            ],
        },
        "a policy for the whole namespace": {
            objects: [
                allow(to({ ports: ["3006"] }), { selector: undefined }),
                payment,
                service({ name: "grpc", port: 80, targetPort: 3006 }),
            ],
            violations: [FOUND],
        },
    },
    unknown: {
        "the protocol": {
            objects: [byPort, payment, service({ appProtocol: UNKNOWN, port: 3006 })],
            advisories: [
                "Service a4co/payment: spec.ports[0].appProtocol: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "by a condition, beside paths": {
            objects: [
                allow({ when: [{ key: "destination.port", values: ["3006"] }] }),
                payment,
                service({ name: "http-web", port: 3006 }),
            ],
        },
        "where ztunnel decides": {
            objects: [
                byPort,
                payment,
                service({ name: "http-web", port: 3006 }),
                namespace("a4co", { "istio.io/dataplane-mode": "ambient" }),
            ],
        },
        "appProtocol tcp under a name of HTTP": {
            objects: [byPort, payment, service({ name: "http", appProtocol: "tcp", port: 3006 })],
        },
        "another port of the same workload is HTTP": {
            objects: [byPort, payment, service({ name: "http", port: 3006, targetPort: 8080 })],
        },
        "the Service of another namespace": {
            objects: [byPort, payment, service({ name: "http", port: 3006 }, "other/payment")],
        },
        "the workload of another stack": { objects: [byPort] },
        "a DENY": {
            objects: [
                policy("a4co/deny", { action: "DENY", rules: [to({ ports: ["3006"] })] }),
                payment,
                service({ name: "http", port: 3006 }),
            ],
        },
    },
});
