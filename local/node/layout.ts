/**
 * Where the local node lives: its directories, its addresses and its names. Everything the node leaves on the
 * machine is below {@link STATE_DIR} and {@link RUN_DIR}, in the network namespace and in the cgroup named here.
 */

/** Name of the network namespace, the cgroup and the Kubernetes node. */
export const NODE_NAME = "a4co-mesh";

/** State that survives a restart of the node's processes: etcd, certificates, kubelet, containerd, logs. */
export const STATE_DIR = "/var/lib/a4co-mesh";

/** Sockets, process ids and pinned namespaces; gone after a reboot of the machine. */
export const RUN_DIR = "/run/a4co-mesh";

/** `ip netns` keeps the named namespaces here. */
export const NETNS_PATH = `/run/netns/${NODE_NAME}`;

/**
 * The node's mount namespace, pinned to a file: every mount of kubelet and containerd exists only in it, so
 * that nothing is left mounted on the machine once its last process and this pin are gone.
 */
export const MOUNT_NS_DIR = `${RUN_DIR}/ns`;
export const MOUNT_NS_PATH = `${MOUNT_NS_DIR}/mnt`;

export const paths = {
    services: `${STATE_DIR}/service`,
    logs: `${STATE_DIR}/logs`,
    supervisorLog: `${STATE_DIR}/logs/runsvdir.log`,
    pki: `${STATE_DIR}/pki`,
    kubeconfigs: `${STATE_DIR}/kubeconfigs`,
    /** The kubeconfig for users: a cluster administrator, through the forwarded port. */
    kubeconfig: `${STATE_DIR}/kubeconfig`,
    config: `${STATE_DIR}/config`,
    etcd: `${STATE_DIR}/etcd`,
    kubelet: `${STATE_DIR}/kubelet`,
    containerdRoot: `${STATE_DIR}/containerd`,
    importedImages: `${STATE_DIR}/imported-images`,
    cniConf: `${STATE_DIR}/cni/conf`,
    cniState: `${STATE_DIR}/cni/state`,
    systemLog: `${STATE_DIR}/system-log`,
    podLogs: `${STATE_DIR}/system-log/pods`,
    owner: `${STATE_DIR}/owner.json`,
    /** Which engine deployed last, in words. */
    engine: `${STATE_DIR}/engine`,
    ports: `${STATE_DIR}/ports.json`,
    containerdState: `${RUN_DIR}/containerd`,
    containerdSocket: `${RUN_DIR}/containerd/containerd.sock`,
    runcRoot: `${RUN_DIR}/runc`,
    shims: `${RUN_DIR}/shims`,
    sysctls: `${RUN_DIR}/sysctls`,
    pids: `${RUN_DIR}/pids`,
    sockets: `${RUN_DIR}/sockets`,
} as const;

export const addresses = {
    node: "100.66.0.1",
    nodePrefix: 24,
    podCidr: "100.64.0.0/16",
    serviceCidr: "100.65.0.0/16",
    /** First address of the service range: the `kubernetes` Service. */
    apiService: "100.65.0.1",
    dns: "100.65.0.10",
    clusterDomain: "cluster.local",
} as const;

/** Ports inside the node's namespace. */
export const nodePorts = {
    api: 6443,
    etcd: 2379,
    etcdPeer: 2380,
    etcdMetrics: 2381,
    gatewayHttp: 30080,
    gatewayHttps: 30443,
} as const;

/** Ports on the machine's loopback address. */
export interface HostPorts {
    /** The API server. */
    readonly api: number;
    /** The ingress gateway's HTTP port. */
    readonly http: number;
    /** The ingress gateway's HTTPS port. */
    readonly https: number;
}

export const defaultPorts: HostPorts = { api: 16443, http: 18080, https: 18443 };
