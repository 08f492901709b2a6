import type { MeshContext } from "#model/mesh.ts";

/** The mesh as the stacks of this checkout have it. */
export const CONTEXT: MeshContext = {
    namespace: "a4co",
    controlPlaneNamespace: "istio-system",
    collector: "istio-system/jaeger.istio-system.svc.cluster.local",
    domain: "a4co.local",
    trustDomain: "cluster.local",
};

/** A mesh in which nothing has its usual name: whatever is typed as a literal shows here. */
export const OTHER: MeshContext = {
    namespace: "shop",
    controlPlaneNamespace: "mesh-system",
    domain: "shop.example",
    trustDomain: "shop.internal",
};

/** The two retried kinds of requests; a POST counts as idempotent with a key that is not empty. */
export function idempotent(prefix: string): object[] {
    return [
        { uri: { prefix }, method: { regex: "GET|HEAD|OPTIONS|PUT|DELETE" } },
        { uri: { prefix }, headers: { "idempotency-key": { regex: ".+" } } },
    ];
}

/** The route that is there only while an experiment is. */
export function experiment(service: string): object {
    return {
        name: "experiment",
        match: [{ authority: { regex: ".+" } }],
        delegate: { name: `${service}-experiment`, namespace: "a4co" },
    };
}

/** All traffic of a service goes to its only version. */
export function allToV1(service: string, port: number): object[] {
    return [
        {
            destination: {
                host: `${service}.a4co.svc.cluster.local`,
                subset: "v1",
                port: { number: port },
            },
            weight: 100,
        },
    ];
}
