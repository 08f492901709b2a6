import { KubernetesObjectApi } from "@kubernetes/client-node";
import type { KubernetesObject } from "@kubernetes/client-node";
import { assertClosed } from "./closed.ts";
import { context, eventually, kubeConfig } from "./support.ts";

const NAMESPACE = "beside";

/** A kind of somebody else's, whose objects may have any field. */
function kindOf(group: string, version: string, kind: string, scope: string): KubernetesObject {
    const singular = kind.toLowerCase();
    const names = { kind, singular, plural: `${singular}s`, listKind: `${kind}List` };
    const schema = {
        openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    };
    return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${names.plural}.${group}` },
        spec: {
            group,
            names,
            scope,
            versions: [{ name: version, served: true, storage: true, schema }],
        },
    } as KubernetesObject;
}

function objectOf(
    apiVersion: string,
    kind: string,
    name: string,
    rest: object,
    namespace: string | undefined = NAMESPACE,
): KubernetesObject {
    return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, ...rest };
}

/** A webhook that touches certificates alone, as cert-manager has one. */
const webhook = {
    name: "webhook.cert-manager.io",
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Ignore",
    clientConfig: {
        service: { name: "cert-manager-webhook", namespace: NAMESPACE, path: "/validate" },
    },
    rules: [
        {
            apiGroups: ["cert-manager.io"],
            apiVersions: ["v1"],
            operations: ["CREATE"],
            resources: ["certificates"],
        },
    ],
};

/** What stands beside a mesh in many a cluster: cert-manager, a Prometheus operator, an application of somebody else's. */
const OTHERS: readonly KubernetesObject[] = [
    objectOf("v1", "Namespace", NAMESPACE, {}, ""),
    kindOf("cert-manager.io", "v1", "Certificate", "Namespaced"),
    kindOf("cert-manager.io", "v1", "ClusterIssuer", "Cluster"),
    kindOf("monitoring.coreos.com", "v1", "ServiceMonitor", "Namespaced"),
    kindOf("monitoring.coreos.com", "v1", "PrometheusRule", "Namespaced"),
    objectOf(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "cert-manager-webhook",
        { webhooks: [webhook] },
        "",
    ),
    objectOf("v1", "Service", "shop", {
        spec: { selector: { app: "shop" }, ports: [{ name: "http", port: 80 }] },
    }),
    objectOf("v1", "Service", "elsewhere", {
        spec: { type: "ExternalName", externalName: "shop.example" },
    }),
    objectOf("networking.k8s.io/v1", "NetworkPolicy", "shop", {
        spec: { podSelector: {}, policyTypes: ["Ingress"] },
    }),
    objectOf("security.istio.io/v1", "AuthorizationPolicy", "shop", {
        spec: { rules: [{ from: [{ source: { namespaces: [NAMESPACE] } }] }] },
    }),
    objectOf("networking.istio.io/v1", "VirtualService", "shop", {
        spec: {
            hosts: ["shop"],
            exportTo: ["."],
            http: [{ route: [{ destination: { host: "shop" } }] }],
        },
    }),
];

/** Objects of kinds that are known only a moment after they were made. */
const LATER: readonly KubernetesObject[] = [
    objectOf("cert-manager.io/v1", "ClusterIssuer", "own", { spec: { selfSigned: {} } }, ""),
    objectOf("cert-manager.io/v1", "Certificate", "shop", { spec: { secretName: "shop" } }),
    objectOf(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        "mesh",
        { spec: { selector: {}, endpoints: [{ port: "http" }] } },
        context.namespace,
    ),
    objectOf(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        "mesh",
        { spec: { groups: [] } },
        context.namespace,
    ),
];

describe("a mesh in which nothing lives beyond what is declared", () => {
    let objects: KubernetesObjectApi;

    before(() => {
        objects = KubernetesObjectApi.makeApiClient(kubeConfig());
    });

    after(async () => {
        for (const object of [...OTHERS, ...LATER].reverse()) {
            await objects.delete(object).catch(() => undefined);
        }
    });

    it("is closed with others beside it, who have kinds, webhooks and policies of their own", async () => {
        for (const object of OTHERS) {
            await objects.create(object);
        }
        for (const object of LATER) {
            await eventually(`there is the kind ${object.kind ?? ""}`, 30, async () => {
                await objects.create(object);
            });
        }
        await assertClosed();
    });
});
