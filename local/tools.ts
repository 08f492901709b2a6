import {
    HELM_VERSION,
    ISTIO_REVISION,
    ISTIO_VERSION,
    KIALI_VERSION,
    KUBERNETES_VERSION,
    PROMETHEUS_VERSION,
    PULUMI_KUBERNETES_VERSION,
    PULUMI_VERSION,
} from "./versions.ts";

/** A command that is built from source. */
export type ToolName =
    | "kube-apiserver"
    | "kube-controller-manager"
    | "kube-scheduler"
    | "kubelet"
    | "kube-proxy"
    | "kubectl"
    | "pilot-discovery"
    | "pilot-agent"
    | "istioctl"
    | "helm"
    | "etcd"
    | "coredns"
    | "pulumi"
    | "pulumi-resource-kubernetes"
    | "nats-server"
    | "jaeger"
    | "prometheus"
    | "promtool"
    | "kiali"
    | "k6";

/** A file of a pinned module. */
interface EmbeddedFile {
    readonly module: string;
    readonly path: string;
}

/** Tools that are built together by one run of the compiler. */
export interface ToolGroup {
    /** For progress and log files. */
    readonly title: string;
    /** Folder of `local/toolchain` with the go.mod and go.sum that pin everything. */
    readonly module: string;
    /** Package of each tool. */
    readonly packages: Readonly<Partial<Record<ToolName, string>>>;
    readonly ldflags: readonly string[];
    /** Build tags. Default: none. */
    readonly tags?: readonly string[];
    /** Files of pinned modules that our own `main` embeds, by their name there. Default: none. */
    readonly embeds?: Readonly<Record<string, EmbeddedFile>>;
    /** Packages that are compiled without optimisation, as a pattern each: generated code that takes minutes and runs little. */
    readonly unoptimised?: readonly string[];
}

const kubernetesPackage = "k8s.io/kubernetes/cmd";
const kubernetesVersion = "k8s.io/component-base/version";
const [kubernetesMajor, kubernetesMinor] = KUBERNETES_VERSION.split(".");
// Unset, the API server calls itself v0.0.0-master, which Istio refuses.
const kubernetesFlags = [
    `-X ${kubernetesVersion}.gitVersion=v${KUBERNETES_VERSION}`,
    `-X ${kubernetesVersion}.gitMajor=${kubernetesMajor ?? ""}`,
    `-X ${kubernetesVersion}.gitMinor=${kubernetesMinor ?? ""}`,
    `-X ${kubernetesVersion}.gitTreeState=clean`,
];

const istioVersion = "istio.io/istio/pkg/version";
const istioFlags = [
    `-X ${istioVersion}.buildVersion=${ISTIO_VERSION}`,
    `-X ${istioVersion}.buildGitRevision=${ISTIO_REVISION}`,
    `-X ${istioVersion}.buildStatus=Clean`,
    `-X ${istioVersion}.buildTag=${ISTIO_VERSION}`,
];

const kubernetesProvider = "github.com/pulumi/pulumi-kubernetes/provider/v4";
/** The `main` that stands beside a module's go.mod. */
const OWN_MAIN = ".";

/** What every cluster needs is grouped by module; what only some commands need stands alone. */
export const TOOL_GROUPS: readonly ToolGroup[] = [
    {
        title: "kubernetes",
        module: "kubernetes",
        packages: {
            "kube-apiserver": `${kubernetesPackage}/kube-apiserver`,
            "kube-controller-manager": `${kubernetesPackage}/kube-controller-manager`,
            "kube-scheduler": `${kubernetesPackage}/kube-scheduler`,
            kubelet: `${kubernetesPackage}/kubelet`,
            "kube-proxy": `${kubernetesPackage}/kube-proxy`,
        },
        ldflags: kubernetesFlags,
    },
    {
        title: "kubectl",
        module: "kubernetes",
        packages: { kubectl: `${kubernetesPackage}/kubectl` },
        ldflags: kubernetesFlags,
    },
    {
        title: "istio",
        module: "istio",
        packages: {
            "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery",
            "pilot-agent": "istio.io/istio/pilot/cmd/pilot-agent",
        },
        ldflags: istioFlags,
    },
    {
        title: "istioctl",
        module: "istio",
        packages: { istioctl: "istio.io/istio/istioctl/cmd/istioctl" },
        ldflags: istioFlags,
    },
    {
        title: "helm",
        module: "helm",
        packages: { helm: "helm.sh/helm/v3/cmd/helm" },
        ldflags: [`-X helm.sh/helm/v3/internal/version.version=v${HELM_VERSION}`],
    },
    { title: "etcd", module: "etcd", packages: { etcd: "go.etcd.io/etcd/server/v3" }, ldflags: [] },
    {
        title: "coredns",
        module: "coredns",
        packages: { coredns: OWN_MAIN },
        ldflags: [],
    },
    {
        title: "pulumi",
        module: "pulumi",
        packages: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
        ldflags: [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${PULUMI_VERSION}`],
        // Where clouds keep states and secrets; the local stack keeps its own in files.
        unoptimised: [
            "cloud.google.com/go/...",
            "github.com/aws/aws-sdk-go-v2/...",
            "github.com/Azure/azure-sdk-for-go/...",
            "github.com/hashicorp/vault/api/...",
            "google.golang.org/api/...",
            "google.golang.org/genproto/...",
        ],
    },
    {
        title: "pulumi-kubernetes",
        module: "pulumi-kubernetes",
        packages: { "pulumi-resource-kubernetes": OWN_MAIN },
        ldflags: [`-X ${kubernetesProvider}/pkg/version.Version=${PULUMI_KUBERNETES_VERSION}`],
        embeds: {
            "schema.json": {
                module: kubernetesProvider,
                path: "cmd/pulumi-resource-kubernetes/schema.json",
            },
            "terraform-mapping.json": {
                module: kubernetesProvider,
                path: "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
            },
        },
        unoptimised: ["github.com/pulumi/pulumi-kubernetes/sdk/v4/..."],
    },
    {
        title: "nats-server",
        module: "nats",
        packages: { "nats-server": "github.com/nats-io/nats-server/v2" },
        ldflags: [],
    },
    {
        title: "jaeger",
        module: "jaeger",
        packages: { jaeger: "github.com/jaegertracing/jaeger/cmd/all-in-one" },
        ldflags: [],
    },
    {
        title: "prometheus",
        module: "prometheus",
        packages: { prometheus: "github.com/prometheus/prometheus/cmd/prometheus" },
        ldflags: [`-X github.com/prometheus/common/version.Version=${PROMETHEUS_VERSION}`],
        // The other clouds' discoveries would take most of the build.
        tags: ["remove_all_sd", "enable_kubernetes_sd"],
    },
    {
        title: "promtool",
        module: "prometheus",
        packages: { promtool: "github.com/prometheus/prometheus/cmd/promtool" },
        ldflags: [`-X github.com/prometheus/common/version.Version=${PROMETHEUS_VERSION}`],
        tags: ["remove_all_sd", "enable_kubernetes_sd"],
    },
    {
        title: "kiali",
        module: "kiali",
        packages: { kiali: "github.com/kiali/kiali" },
        ldflags: [`-X main.version=v${KIALI_VERSION}`],
        // Kiali calls little of all that these declare.
        unoptimised: [
            "github.com/openshift/...",
            "istio.io/...",
            "k8s.io/api/...",
            "k8s.io/client-go/...",
            "sigs.k8s.io/gateway-api/...",
        ],
    },
    { title: "k6", module: "k6", packages: { k6: "go.k6.io/k6" }, ldflags: [] },
];

/** The group that builds `tool`. */
export function groupOf(tool: ToolName): ToolGroup {
    const group = TOOL_GROUPS.find(({ packages }) => tool in packages);
    if (group === undefined) {
        throw new Error(`no group builds ${tool}`);
    }
    return group;
}

/**
 * The file name that `go build` gives the command of a package: its last element that is not a major version, or the
 * module's where its own `main` is built.
 */
export function commandName(packagePath: string, module: string): string {
    if (packagePath === OWN_MAIN) {
        return module;
    }
    const elements = packagePath.split("/").filter((element) => !/^v\d+$/.test(element));
    return elements.at(-1) ?? packagePath;
}
