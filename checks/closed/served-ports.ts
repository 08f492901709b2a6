import type { V1Deployment, V1Service, V1ServicePort } from "@kubernetes/client-node";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { ServedPort } from "./doors.ts";
import type { ProxiedPod } from "./workload.ts";

/** What Istio reads as requests; source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
const HTTP_PROTOCOLS: readonly string[] = ["http", "http2", "grpc", "grpc-web"];

/** The ports of a pod to which the declared Services lead. */
export function servedPorts(objects: readonly DeclaredObject[], pod: ProxiedPod): ServedPort[] {
    return objects
        .filter(({ kind, metadata }) => kind === "Service" && metadata.namespace === pod.namespace)
        .map(({ spec }) => spec as NonNullable<V1Service["spec"]>)
        .filter(({ selector }) => isChosen(selector, pod))
        .flatMap(({ ports = [] }) =>
            ports.map((port) => ({
                port: targetOf(port, objects, pod),
                protocol: HTTP_PROTOCOLS.includes(port.appProtocol ?? protocolIn(port.name))
                    ? "HTTP"
                    : "TCP",
            })),
        );
}

function isChosen(
    selector: Readonly<Record<string, string>> | undefined,
    pod: ProxiedPod,
): boolean {
    return (
        selector !== undefined &&
        Object.entries(selector).every(([name, value]) => pod.labels[name] === value)
    );
}

/** `http` for a port named `http-web`. */
function protocolIn(name = ""): string {
    return name.split("-")[0] ?? "";
}

function targetOf(
    { port, targetPort = port }: V1ServicePort,
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
): number {
    if (typeof targetPort === "number") {
        return targetPort;
    }
    const containers = objects
        .filter(
            ({ kind, metadata }) => kind === "Deployment" && metadata.namespace === pod.namespace,
        )
        .map(({ spec }) => (spec as NonNullable<V1Deployment["spec"]>).template)
        .filter(({ metadata }) =>
            isChosen({ app: pod.labels["app"] ?? "" }, { ...pod, labels: metadata?.labels ?? {} }),
        )
        .flatMap(({ spec }) => spec?.containers ?? []);
    const named = containers
        .flatMap(({ ports = [] }) => ports)
        .find(({ name }) => name === targetPort);
    return named?.containerPort ?? port;
}
