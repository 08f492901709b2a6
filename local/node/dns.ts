import { createHash } from "node:crypto";
import { addresses } from "./layout.ts";

const NAME = "coredns";
const NAMESPACE = "kube-system";
const labels = { "k8s-app": "kube-dns", "app.kubernetes.io/name": NAME };

/** Services and pods of the cluster by name; every other name does not exist, because nothing leads out. */
export const corefile = `${addresses.clusterDomain}:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health {
        lameduck 2s
    }
    ready
    kubernetes ${addresses.clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    prometheus :9153
    cache 5
    loadbalance
}
.:53 {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;

/** A Kubernetes object as it is applied. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
    };
    readonly [field: string]: unknown;
}

/**
 * What every cluster has besides its API server: name resolution, and leave for the API server to reach the
 * kubelet for logs, exec and port-forward.
 *
 * @param image reference of the CoreDNS image on the node
 */
export function systemObjects(image: string): Manifest[] {
    return [
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "a4co-mesh:apiserver-to-kubelet" },
            roleRef: clusterRole("system:kubelet-api-admin"),
            subjects: [
                {
                    apiGroup: "rbac.authorization.k8s.io",
                    kind: "User",
                    name: "kube-apiserver-kubelet-client",
                },
            ],
        },
        ...dnsAccess(),
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: NAME, namespace: NAMESPACE, labels },
            data: { Corefile: corefile },
        },
        dnsDeployment(image),
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "kube-dns", namespace: NAMESPACE, labels },
            spec: {
                clusterIP: addresses.dns,
                selector: { "k8s-app": "kube-dns" },
                ports: [
                    { name: "dns", port: 53, protocol: "UDP", targetPort: "dns" },
                    { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: "dns-tcp" },
                    { name: "metrics", port: 9153, protocol: "TCP", targetPort: "metrics" },
                ],
            },
        },
    ];
}

function clusterRole(name: string): Record<string, string> {
    return { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
}

function dnsAccess(): Manifest[] {
    const role = "system:coredns";
    return [
        {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { name: NAME, namespace: NAMESPACE, labels },
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: role, labels },
            rules: [
                {
                    apiGroups: [""],
                    resources: ["services", "pods", "namespaces"],
                    verbs: ["list", "watch"],
                },
                {
                    apiGroups: ["discovery.k8s.io"],
                    resources: ["endpointslices"],
                    verbs: ["list", "watch"],
                },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: role, labels },
            roleRef: clusterRole(role),
            subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
        },
    ];
}

function dnsDeployment(image: string): Manifest {
    const probe = (path: string, port: number): Record<string, unknown> => ({
        httpGet: { path, port },
        periodSeconds: 1,
        timeoutSeconds: 2,
    });
    const container = {
        name: NAME,
        image,
        imagePullPolicy: "IfNotPresent",
        args: ["-conf", "/etc/coredns/Corefile"],
        ports: [
            { name: "dns", containerPort: 53, protocol: "UDP" },
            { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
            { name: "metrics", containerPort: 9153, protocol: "TCP" },
        ],
        resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "170Mi" } },
        livenessProbe: { ...probe("/health", 8080), periodSeconds: 10, failureThreshold: 5 },
        readinessProbe: probe("/ready", 8181),
        volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        },
    };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: NAME, namespace: NAMESPACE, labels },
        spec: {
            replicas: 1,
            selector: { matchLabels: { "k8s-app": "kube-dns" } },
            template: {
                metadata: {
                    labels,
                    // A changed configuration must start a new pod: the running one read it once.
                    annotations: { "a4co.local/corefile": digest(corefile) },
                },
                spec: {
                    serviceAccountName: NAME,
                    priorityClassName: "system-cluster-critical",
                    // The pod must not ask itself.
                    dnsPolicy: "Default",
                    containers: [container],
                    volumes: [{ name: "config", configMap: { name: NAME } }],
                },
            },
        },
    };
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
