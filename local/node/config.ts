import { join } from "node:path";
import { stringify } from "yaml";
import { CGROUP } from "./cgroups.ts";
import { componentKubeconfig } from "./kubeconfig.ts";
import { addresses, NODE_NAME, paths } from "./layout.ts";
import { pkiPath } from "./pki.ts";

/** Configuration files of the components: where each lies and what it says. */
export const configPaths = {
    containerd: join(paths.config, "containerd.toml"),
    kubelet: join(paths.config, "kubelet.yaml"),
    kubeProxy: join(paths.config, "kube-proxy.yaml"),
    resolv: join(paths.config, "resolv.conf"),
    cni: join(paths.cniConf, "10-a4co-mesh.conflist"),
} as const;

/** Where Debian's containernetworking-plugins puts its binaries. */
const CNI_PLUGINS = "/usr/lib/cni";

/**
 * containerd's configuration, with every path of its own, so that a containerd of the machine is not touched.
 *
 * @param pauseImage reference of the sandbox image, which must have been imported
 */
export function containerdConfig(pauseImage: string): string {
    return `version = 2
root = "${paths.containerdRoot}"
state = "${paths.containerdState}"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = "${paths.containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${paths.containerdRoot}/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # A machine without CAP_SYS_RESOURCE cannot lower a container's OOM score: every sandbox would die.
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_PLUGINS}"
    conf_dir = "${paths.cniConf}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "${paths.runcRoot}"
`;
}

/**
 * Pod network: one routed veth pair a pod. Unlike a bridge it needs no `br_netfilter` for a Service to lead back
 * to a pod of the same node, and no masquerading, so servers see the pod's own address.
 */
export function cniConfig(): string {
    const config = {
        cniVersion: "0.4.0",
        name: NODE_NAME,
        plugins: [
            {
                type: "ptp",
                ipMasq: false,
                ipam: {
                    type: "host-local",
                    dataDir: join(paths.cniState, "networks"),
                    ranges: [[{ subnet: addresses.podCidr }]],
                    routes: [{ dst: "0.0.0.0/0" }],
                },
            },
            { type: "portmap", capabilities: { portMappings: true } },
        ],
    };
    return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** The kubelet's configuration. */
export function kubeletConfig(): string {
    return stringify({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address: addresses.node,
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: pkiPath("ca", "crt") },
        },
        authorization: { mode: "Webhook" },
        tlsCertFile: pkiPath("kubelet-server", "crt"),
        tlsPrivateKeyFile: pkiPath("kubelet-server", "key"),
        clusterDNS: [addresses.dns],
        clusterDomain: addresses.clusterDomain,
        resolvConf: configPaths.resolv,
        containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${CGROUP}`,
        failCgroupV1: false,
        enforceNodeAllocatable: [],
        failSwapOn: false,
        healthzBindAddress: "127.0.0.1",
        healthzPort: 10248,
        podLogsDir: paths.podLogs,
        volumePluginDir: join(paths.kubelet, "volume-plugins"),
        // Images come from archives, not from a registry: what is collected cannot be pulled again.
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
        // The machine's disk and memory are shared; evicting the mesh would not free what others fill.
        evictionHard: {
            "memory.available": "50Mi",
            "nodefs.available": "0%",
            "imagefs.available": "0%",
        },
        serializeImagePulls: false,
        rotateCertificates: false,
        nodeStatusUpdateFrequency: "10s",
    });
}

/** kube-proxy's configuration. */
export function kubeProxyConfig(): string {
    return stringify({
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        mode: "iptables",
        hostnameOverride: NODE_NAME,
        clusterCIDR: addresses.podCidr,
        clientConnection: { kubeconfig: componentKubeconfig("kube-proxy") },
        healthzBindAddress: "127.0.0.1:10256",
        metricsBindAddress: "127.0.0.1:10249",
        // The connection-tracking limits belong to the machine, not to this namespace.
        conntrack: {
            maxPerCore: 0,
            min: 0,
            tcpEstablishedTimeout: "0s",
            tcpCloseWaitTimeout: "0s",
        },
        iptables: { minSyncPeriod: "200ms" },
    });
}

/** Name resolution of the node and of pods that use the node's: the cluster's own DNS and nothing else. */
export function resolvConfig(): string {
    return `nameserver ${addresses.dns}\n`;
}
