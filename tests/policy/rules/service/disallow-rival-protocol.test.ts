import { serviceDisallowRivalProtocol } from "#policy/rules/service/disallow-rival-protocol.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { deployment, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const MESH = [
    manifest("v1", "Namespace", "a4co", undefined, { labels: { "istio-injection": "enabled" } }),
    deployment("a4co/order", { app: "order" }),
];
const service = (name: string, port: object, app: unknown = "order") =>
    manifest("v1", "Service", `a4co/${name}`, { selector: { app }, ports: [port] });

describeRule(serviceDisallowRivalProtocol, {
    compliant: {
        "HTTP twice": {
            objects: [
                ...MESH,
                service("one", { name: "http", port: 80, targetPort: 8080 }),
                service("two", { name: "grpc", port: 81, targetPort: 8080 }),
            ],
        },
    },
    violating: {
        "HTTP and TCP": {
            objects: [
                ...MESH,
                service("one", { name: "http", port: 80, targetPort: 8080 }),
                service("two", { name: "tcp", port: 8080 }),
            ],
            violations: [
                "Service a4co/two: spec.ports[0]: is TCP at port 8080 of pods at which Service a4co/one is HTTP, and only one of both holds; one protocol is allowed at a port of a pod",
            ],
        },
    },
    unknown: {
        "what one speaks": {
            objects: [
                ...MESH,
                service("one", { name: "http", port: 80 }),
                service("two", { appProtocol: UNKNOWN, port: 80 }),
            ],
            advisories: [unknownAt("Service a4co/two: spec.ports[0].appProtocol")],
        },
    },
    nearMiss: {
        "other pods, and a protocol that is guessed": {
            objects: [
                ...MESH,
                deployment("a4co/pay", { app: "pay" }),
                service("one", { name: "http", port: 80 }),
                service("two", { name: "tcp", port: 80 }, "pay"),
                service("three", { port: 80 }),
            ],
        },
    },
});
