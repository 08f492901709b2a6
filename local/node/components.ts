import { join } from "node:path";
import { configPaths } from "./config.ts";
import { componentKubeconfig } from "./kubeconfig.ts";
import type { HostPorts } from "./layout.ts";
import { addresses, NODE_NAME, nodePorts, paths } from "./layout.ts";
import { pkiPath } from "./pki.ts";

/** Binaries of the node that are built from source. */
export const nodeTools = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
] as const;
export type NodeTool = (typeof nodeTools)[number];
export type NodeToolPaths = Readonly<Record<NodeTool, string>>;

/** A supervised process of the node. */
export interface Component {
    /** Name of the service directory and of the log directory. */
    readonly name: string;
    /** `node`: in the node's namespaces; `machine`: on the machine, where loopback ports are. */
    readonly place: "node" | "machine";
    /** The binary, as an absolute path, and its arguments. */
    readonly argv: readonly [string, ...string[]];
    /** Configuration files it reads once at its start: when one changes, the component is started anew. */
    readonly reads: readonly string[];
}

/** What the components are made from. */
export interface ComponentInput {
    readonly tools: NodeToolPaths;
    readonly ports: HostPorts;
}

/** Every supervised process of the node. Pure: the same input gives the same list. */
export function components(input: ComponentInput): Component[] {
    return [
        ...controlPlane(input.tools),
        ...nodeAgents(input.tools),
        ...forwarders("api-server", input.ports.api, nodePorts.api),
        ...forwarders("gateway-http", input.ports.http, nodePorts.gatewayHttp),
        ...forwarders("gateway-https", input.ports.https, nodePorts.gatewayHttps),
    ];
}

function controlPlane(tools: NodeToolPaths): Component[] {
    return [
        {
            name: "etcd",
            place: "node",
            argv: flags(tools.etcd, {
                name: NODE_NAME,
                "data-dir": paths.etcd,
                "listen-client-urls": `https://127.0.0.1:${nodePorts.etcd}`,
                "advertise-client-urls": `https://127.0.0.1:${nodePorts.etcd}`,
                "listen-peer-urls": `http://127.0.0.1:${nodePorts.etcdPeer}`,
                "initial-advertise-peer-urls": `http://127.0.0.1:${nodePorts.etcdPeer}`,
                "initial-cluster": `${NODE_NAME}=http://127.0.0.1:${nodePorts.etcdPeer}`,
                "listen-metrics-urls": `http://127.0.0.1:${nodePorts.etcdMetrics}`,
                "client-cert-auth": "true",
                "trusted-ca-file": pkiPath("etcd-ca", "crt"),
                "cert-file": pkiPath("etcd", "crt"),
                "key-file": pkiPath("etcd", "key"),
                // The cluster is thrown away, never restored: waiting for the disk buys nothing.
                "unsafe-no-fsync": "true",
            }),
            reads: [pkiPath("etcd", "crt")],
        },
        {
            name: "kube-apiserver",
            place: "node",
            argv: flags(tools["kube-apiserver"], apiServerFlags),
            reads: [pkiPath("apiserver", "crt")],
        },
        {
            name: "kube-controller-manager",
            place: "node",
            argv: flags(tools["kube-controller-manager"], controllerManagerFlags),
            reads: [componentKubeconfig("controller-manager")],
        },
        {
            name: "kube-scheduler",
            place: "node",
            argv: flags(tools["kube-scheduler"], {
                kubeconfig: componentKubeconfig("scheduler"),
                "authentication-kubeconfig": componentKubeconfig("scheduler"),
                "authorization-kubeconfig": componentKubeconfig("scheduler"),
                "bind-address": "127.0.0.1",
                "leader-elect": "false",
            }),
            reads: [componentKubeconfig("scheduler")],
        },
    ];
}

const apiServerFlags = {
    "advertise-address": addresses.node,
    "bind-address": addresses.node,
    "secure-port": String(nodePorts.api),
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "allow-privileged": "true",
    "service-cluster-ip-range": addresses.serviceCidr,
    "etcd-servers": `https://127.0.0.1:${nodePorts.etcd}`,
    "etcd-cafile": pkiPath("etcd-ca", "crt"),
    "etcd-certfile": pkiPath("apiserver-etcd-client", "crt"),
    "etcd-keyfile": pkiPath("apiserver-etcd-client", "key"),
    "client-ca-file": pkiPath("ca", "crt"),
    "tls-cert-file": pkiPath("apiserver", "crt"),
    "tls-private-key-file": pkiPath("apiserver", "key"),
    "kubelet-certificate-authority": pkiPath("ca", "crt"),
    "kubelet-client-certificate": pkiPath("apiserver-kubelet-client", "crt"),
    "kubelet-client-key": pkiPath("apiserver-kubelet-client", "key"),
    "kubelet-preferred-address-types": "InternalIP",
    "service-account-issuer": `https://kubernetes.default.svc.${addresses.clusterDomain}`,
    "service-account-key-file": pkiPath("service-account", "pub"),
    "service-account-signing-key-file": pkiPath("service-account", "key"),
    "requestheader-client-ca-file": pkiPath("front-proxy-ca", "crt"),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "proxy-client-cert-file": pkiPath("front-proxy-client", "crt"),
    "proxy-client-key-file": pkiPath("front-proxy-client", "key"),
    profiling: "false",
};

const controllerManagerFlags = {
    kubeconfig: componentKubeconfig("controller-manager"),
    "authentication-kubeconfig": componentKubeconfig("controller-manager"),
    "authorization-kubeconfig": componentKubeconfig("controller-manager"),
    "bind-address": "127.0.0.1",
    "cluster-cidr": addresses.podCidr,
    "service-cluster-ip-range": addresses.serviceCidr,
    // The pod network has one range on its one node.
    "allocate-node-cidrs": "false",
    "client-ca-file": pkiPath("ca", "crt"),
    "root-ca-file": pkiPath("ca", "crt"),
    "cluster-signing-cert-file": pkiPath("ca", "crt"),
    "cluster-signing-key-file": pkiPath("ca", "key"),
    "service-account-private-key-file": pkiPath("service-account", "key"),
    "use-service-account-credentials": "true",
    "leader-elect": "false",
};

function nodeAgents(tools: NodeToolPaths): Component[] {
    return [
        {
            name: "containerd",
            place: "node",
            argv: ["/usr/bin/containerd", "--config", configPaths.containerd],
            reads: [configPaths.containerd],
        },
        {
            name: "kubelet",
            place: "node",
            argv: flags(tools.kubelet, {
                config: configPaths.kubelet,
                kubeconfig: componentKubeconfig("kubelet"),
                "root-dir": paths.kubelet,
                "cert-dir": join(paths.kubelet, "pki"),
                "hostname-override": NODE_NAME,
                "node-ip": addresses.node,
            }),
            reads: [configPaths.kubelet, componentKubeconfig("kubelet")],
        },
        {
            name: "kube-proxy",
            place: "node",
            argv: flags(tools["kube-proxy"], { config: configPaths.kubeProxy }),
            reads: [configPaths.kubeProxy, componentKubeconfig("kube-proxy")],
        },
    ];
}

/**
 * A loopback port of the machine leads into the namespace over a socket in the file system, which unlike an
 * address is reachable from both.
 */
function forwarders(name: string, from: number, to: number): Component[] {
    const socket = join(paths.sockets, `${name}.sock`);
    // After one side has closed, the other may still send for this many seconds.
    const patience = ["-t", "30"];
    return [
        {
            name: `forward-${name}-node`,
            place: "node",
            argv: [
                "/usr/bin/socat",
                ...patience,
                `UNIX-LISTEN:${socket},fork,unlink-early,mode=600,backlog=128`,
                `TCP:${addresses.node}:${to},nodelay`,
            ],
            reads: [],
        },
        {
            name: `forward-${name}`,
            place: "machine",
            argv: [
                "/usr/bin/socat",
                ...patience,
                `TCP-LISTEN:${from},bind=127.0.0.1,reuseaddr,fork,nodelay,backlog=128`,
                `UNIX-CONNECT:${socket}`,
            ],
            reads: [],
        },
    ];
}

function flags(binary: string, values: Readonly<Record<string, string>>): [string, ...string[]] {
    return [binary, ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)];
}
