import { manifest } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";

const NETWORKING = "networking.istio.io/v1";

/** What is found at a value that only an update knows. */
export function unknownAt(place: string): string {
    return `${place}: cannot be judged at preview; the value is not known yet`;
}

export function gateway(...servers: readonly unknown[]): Manifest {
    return manifest(NETWORKING, "Gateway", "a4co/edge", { servers });
}

/** A VirtualService for payment with these HTTP routes. */
export function virtualService(http: unknown, spec: object = {}): Manifest {
    return manifest(NETWORKING, "VirtualService", "a4co/payment", {
        hosts: ["payment"],
        http,
        ...spec,
    });
}

/** A VirtualService that others delegate to. */
export function delegate(http: unknown): Manifest {
    return manifest(NETWORKING, "VirtualService", "a4co/payment-fault", { http });
}

/** A DestinationRule for a host; payment's unless it is named. */
export function destinationRule(spec: object, host: unknown = "payment"): Manifest {
    return manifest(NETWORKING, "DestinationRule", "a4co/payment", { host, ...spec });
}

export function serviceEntry(hosts: unknown, spec: object = {}): Manifest {
    return manifest(NETWORKING, "ServiceEntry", "a4co/bank", { hosts, ...spec });
}

/** A Service that selects pods by `app`. */
export function service(place: string, app: unknown): Manifest {
    return manifest("v1", "Service", place, { selector: { app } });
}

export function deployment(place: string, labels: object, replicas?: unknown): Manifest {
    return manifest("apps/v1", "Deployment", place, {
        ...(replicas !== undefined && { replicas }),
        template: { metadata: { labels } },
    });
}

/** A route's only destination. */
export function to(host: unknown, destination: object = {}): { route: object[] } {
    return { route: [{ destination: { host, ...destination } }] };
}

export const PAYMENT = to("payment");
