import { manifest } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";

/** The namespace a4co as an application has it, or with other labels. */
export function namespace(
    name = "a4co",
    labels: Readonly<Record<string, unknown>> = { "istio-injection": "enabled" },
): Manifest {
    return manifest("v1", "Namespace", name, undefined, { labels });
}

interface Pod {
    readonly annotations?: Readonly<Record<string, unknown>>;
    /** Labels beside `app`, which is the name of the object. */
    readonly labels?: Readonly<Record<string, unknown>>;
    readonly spec?: Readonly<Record<string, unknown>>;
}

/** A Deployment whose pods run as an account of its name. */
export function deployment(place: string, { annotations, labels, spec }: Pod = {}): Manifest {
    const app = place.split("/")[1] ?? place;
    return manifest("apps/v1", "Deployment", place, {
        template: {
            metadata: { labels: { app, ...labels }, ...(annotations && { annotations }) },
            spec: { serviceAccountName: app, ...spec },
        },
    });
}

export function account(place: string): Manifest {
    return manifest("v1", "ServiceAccount", place);
}

/** An AuthorizationPolicy; without rules and action it denies everything. */
export function policy(place: string, spec: unknown = {}): Manifest {
    return manifest("security.istio.io/v1", "AuthorizationPolicy", place, spec);
}

export const ORDER = "cluster.local/ns/a4co/sa/order";

/** An ALLOW as it should be, with parts of its one rule replaced. */
export function allow(
    rule: Readonly<Record<string, unknown>> = {},
    spec: Readonly<Record<string, unknown>> = {},
): Manifest {
    return policy("a4co/allow", {
        selector: { matchLabels: { app: "payment" } },
        action: "ALLOW",
        rules: [
            {
                from: [{ source: { principals: [ORDER] } }],
                to: [{ operation: { methods: ["POST"], paths: ["/payments/process"] } }],
                ...rule,
            },
        ],
        ...spec,
    });
}

/** The sources of a rule. */
export function from(...sources: readonly unknown[]): { from: unknown } {
    return { from: sources.map((source) => ({ source })) };
}

/** The operations of a rule. */
export function to(...operations: readonly unknown[]): { to: unknown } {
    return { to: operations.map((operation) => ({ operation })) };
}

/** A selector of ingress gateways. */
export const FOR_GATEWAY = { selector: { matchLabels: { istio: "ingressgateway" } } };
