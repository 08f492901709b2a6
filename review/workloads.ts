import { grouped } from "#model/groups.ts";
import { bearersOf } from "#policy/bearers.ts";
import { isAmbientWorkload } from "#policy/enforcement.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { chartLabels, isGatewayChart, isWaypoint, roleOf, textsOf } from "#policy/gateways.ts";
import type { PodRole } from "#policy/gateways.ts";
import { valueAt } from "#policy/helm.ts";
import { accountOf } from "#policy/identity.ts";
import { HELM, KUBERNETES_GATEWAY, SERVICE, SERVICE_ENTRY, WORKLOADS } from "#policy/kinds.ts";
import { isMeshed, namespaceNamed, optOutOf } from "#policy/membership.ts";
import { isNeverInjected } from "#policy/never-injected.ts";
import { countField, leastReplicas } from "#policy/replicas.ts";
import { readAs } from "#policy/service-port.ts";
import type { Settings } from "#policy/settings.ts";
import type { Stack } from "#policy/stack.ts";
import { containersOf, isMachine, podOf } from "#policy/workload.ts";
import type { ObjectRef } from "./change.ts";
import { meshViewOf, readable, refOf } from "./mesh.ts";
import type { MeshView } from "./mesh.ts";
import type { Subject } from "./subject.ts";

/** How many pods there are at least and at most; absent where only the cluster knows. */
interface Replicas {
    readonly least?: number | undefined;
    readonly most?: number | undefined;
}

/** A port of a Service, and where it leads to. */
export interface FrontPort {
    readonly port: number;
    /** Number or name of the pod's port. */
    readonly target: string;
    /** How sidecars read it by what it declares; absent where they guess. */
    readonly readAs?: "HTTP" | "TCP" | undefined;
}

/** What stands before a workload, and leads to its pods. */
export interface Front {
    /** Full names of its hosts. */
    readonly hosts: readonly string[];
    readonly ports: readonly FrontPort[];
    /** Absent for the Service that a gateway's chart makes. */
    readonly object?: KubernetesObject;
}

/** Pods of one kind, or virtual machines, and who they are. */
export interface Workload {
    readonly namespace: string;
    readonly name: string;
    /** The name of its service by Istio's labels, the same for all its versions: by it people know a workload. */
    readonly service: string;
    /** `<namespace>/<name>`, by which a workload of one subject is found in another. */
    readonly key: string;
    readonly object: KubernetesObject;
    readonly ref: ObjectRef;
    readonly labels: ReadonlyMap<string, string>;
    readonly account: string;
    /** `<trust domain>/ns/<namespace>/sa/<account>`, as policies write it. */
    readonly principal: string;
    readonly replicas: Replicas;
    readonly role: PodRole;
    /** How it takes part in the mesh; `none` where nothing guards its pods. */
    readonly proxy: "sidecar" | "ztunnel" | "none";
    /** Ports that its containers declare, by their name and number. */
    readonly ports: readonly { readonly name: string; readonly number: number }[];
    readonly fronts: readonly Front[];
    /** Name of the Helm release whose chart makes it; absent where the subject does so itself. */
    readonly release?: string | undefined;
}

/** The workloads of a subject. */
export interface Workloads {
    /** Sorted by their keys. */
    readonly all: readonly Workload[];
    readonly byKey: ReadonlyMap<string, Workload>;
    /** Those that run under an identity. */
    readonly runningAs: (principal: string) => readonly Workload[];
    /** Those that answer for the full name of a host. */
    readonly answering: (host: string) => readonly Workload[];
    /** All versions of a service, by its namespace and name. */
    readonly ofService: (namespace: string, service: string) => readonly Workload[];
    /** The name by which people know one: with its namespace only where another one has the same name. */
    readonly titleOf: (workload: Pick<Workload, "namespace" | "service">) => string;
    /** Objects that run pods of which something is not known, so that they are not among the workloads. */
    readonly unread: readonly KubernetesObject[];
}

const known = new WeakMap<Subject, Workloads>();

/** The workloads of a subject; found once for each. */
export function workloadsOf(subject: Subject): Workloads {
    const found = known.get(subject) ?? find(meshViewOf(subject));
    known.set(subject, found);
    return found;
}

function find(view: MeshView): Workloads {
    const { stack } = view;
    const fronts = frontsOf(view);
    const objects = [
        ...stack.of(WORKLOADS),
        ...stack.of(...HELM).filter((release) => readable(() => isGatewayChart(release))),
        ...stack.of(KUBERNETES_GATEWAY).filter(isRunByIstio),
    ];
    const byKey = new Map<string, Workload>();
    const unread: KubernetesObject[] = [];
    for (const object of objects) {
        const workload = readable(() => workloadOf(object, view, fronts.get(object) ?? []));
        if (workload === undefined) {
            unread.push(object);
        } else if (byKey.has(workload.key)) {
            const key = `${workload.key} (${object.kind})`;
            byKey.set(key, { ...workload, key });
        } else {
            byKey.set(workload.key, workload);
        }
    }
    const all = [...byKey.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
    const byPrincipal = grouped(all, ({ principal }) => [principal]);
    const byTitle = grouped(all, ({ service }) => [service]);
    const byService = grouped(all, ({ namespace, service }) => [`${namespace}/${service}`]);
    const byHost = grouped(all, ({ fronts }) => fronts.flatMap(({ hosts }) => hosts));
    return {
        all,
        byKey,
        unread,
        runningAs: (principal) => byPrincipal.get(principal) ?? [],
        answering: (host) => byHost.get(host) ?? [],
        ofService: (namespace, service) => byService.get(`${namespace}/${service}`) ?? [],
        titleOf: ({ namespace, service }) =>
            (byTitle.get(service) ?? []).some((other) => other.namespace !== namespace)
                ? `${namespace}/${service}`
                : service,
    };
}

/** Whether a workload belongs to a mesh at all: what a chart runs outside it is somebody else's tool. */
export function isOfMesh({ proxy, role, release }: Workload): boolean {
    return role !== "waypoint" && (proxy !== "none" || release === undefined);
}

/** The workloads of another subject with which one is compared: itself, else the versions of its service. */
export function counterpartsOf(subject: Subject, workload: Workload): readonly Workload[] {
    const { byKey, ofService } = workloadsOf(subject);
    const same = byKey.get(workload.key);
    return same === undefined ? ofService(workload.namespace, workload.service) : [same];
}

/** Whether Istio makes the pods of a Gateway of Kubernetes' API; one with an address leads to somebody else's. */
function isRunByIstio({ root }: KubernetesObject): boolean {
    const spec = root.at("spec");
    return (
        readable(
            () =>
                (spec.at("gatewayClassName").text() ?? "").startsWith("istio") &&
                !spec
                    .at("addresses")
                    .items()
                    .some((address) => address.at("type").text() === "Hostname"),
        ) ?? false
    );
}

/** Labels by which Istio tells whose service a workload is, the first that is there. */
const CANONICAL: readonly string[] = [
    "service.istio.io/canonical-name",
    "app.kubernetes.io/name",
    "app",
];

function isSaid(text: string | undefined): text is string {
    return text !== undefined && text !== "";
}

/** What a workload is called, and as whom it runs. */
type Naming = (
    name: string,
    account: string,
    labels: ReadonlyMap<string, string>,
) => Pick<Workload, "account" | "key" | "labels" | "name" | "principal" | "service">;

/** @throws UnknownValue */
function workloadOf(
    object: KubernetesObject,
    { stack, settings, charted }: MeshView,
    fronts: readonly Front[],
): Workload {
    const { namespace } = object;
    const own = { namespace, object, ref: refOf(object), release: charted.get(object) };
    const named: Naming = (name, account, labels) => ({
        name,
        labels,
        service: CANONICAL.map((label) => labels.get(label)).find(isSaid) ?? name,
        key: `${namespace}/${name}`,
        account,
        principal: `${settings.trustDomain}/ns/${namespace}/sa/${account}`,
    });
    if (object.group === "helm.sh") {
        return {
            ...own,
            ...named(chartName(object), accountOf(object), new Map(chartLabels(object))),
            replicas: chartReplicas(object),
            role: "gateway",
            proxy: "sidecar",
            ports: [],
            fronts: [...fronts, chartFront(object, settings)],
        };
    }
    if (object.group === KUBERNETES_GATEWAY.group) {
        return { ...own, ...managed(object, stack, settings, named) };
    }
    const pod = podOf(object);
    return {
        ...own,
        ...named(object.name, accountOf(object), new Map(textsOf(pod.at("metadata", "labels")))),
        replicas: replicasOf(stack, object),
        role: isMachine(object) ? "application" : roleOf(object, settings),
        proxy: proxyOf(object, stack, settings),
        ports: isMachine(object) ? [] : portsOf(pod),
        fronts,
    };
}

/** What Istio makes of a Gateway of Kubernetes' API. @throws UnknownValue */
function managed(
    gateway: KubernetesObject,
    stack: Stack,
    { clusterDomain }: Settings,
    named: Naming,
): Omit<Workload, "namespace" | "object" | "ref"> {
    const { namespace, root } = gateway;
    const role = isWaypoint(stack, gateway) ? "waypoint" : "gateway";
    const className = root.at("spec", "gatewayClassName").text() ?? "";
    const name = role === "waypoint" ? gateway.name : `${gateway.name}-${className}`;
    const ports = root
        .at("spec", "listeners")
        .items()
        .flatMap((listener) => listener.at("port").number() ?? []);
    return {
        ...named(
            name,
            name,
            new Map([
                ...textsOf(root.at("spec", "infrastructure", "labels")),
                ["gateway.networking.k8s.io/gateway-name", gateway.name],
            ]),
        ),
        replicas: {},
        role,
        proxy: "sidecar",
        ports: [],
        fronts: [
            {
                hosts: [`${name}.${namespace}.svc.${clusterDomain}`],
                ports: ports.map((port) => ({ port, target: String(port) })),
            },
        ],
    };
}

/** Whether and how a workload's pods are guarded. Where its namespace is somebody else's, it is taken for the mesh's. @throws UnknownValue */
function proxyOf(object: KubernetesObject, stack: Stack, settings: Settings): Workload["proxy"] {
    if (isMeshed(stack, object, settings) || isTakenForMeshed(object, stack, settings)) {
        return !isMachine(object) && isAmbientWorkload(stack, object) ? "ztunnel" : "sidecar";
    }
    return "none";
}

function isTakenForMeshed(object: KubernetesObject, stack: Stack, settings: Settings): boolean {
    const { namespace } = object;
    const pod = podOf(object);
    return (
        !isMachine(object) &&
        namespace !== settings.rootNamespace &&
        !isNeverInjected(namespace) &&
        namespaceNamed(stack, namespace) === undefined &&
        pod.at("spec", "hostNetwork").flag() !== true &&
        optOutOf(pod) === undefined
    );
}

/** @throws UnknownValue */
function replicasOf(stack: Stack, object: KubernetesObject): Replicas {
    if (isMachine(object)) {
        return {};
    }
    const least = leastReplicas(stack, object);
    const scaler = countField(stack, object).object;
    const most: Readonly<Record<string, () => number | undefined>> = {
        HorizontalPodAutoscaler: () => scaler.root.at("spec", "maxReplicas").number(),
        // KEDA's default.
        ScaledObject: () => scaler.root.at("spec", "maxReplicaCount").number() ?? 100,
    };
    return { least, most: most[scaler.kind]?.() ?? least };
}

/** @throws UnknownValue */
function portsOf(pod: Field): Workload["ports"] {
    return containersOf(pod)
        .flatMap((container) => container.at("ports").items())
        .flatMap((port) => {
            const number = port.at("containerPort").number();
            return number === undefined ? [] : [{ name: port.at("name").text() ?? "", number }];
        });
}

/** The name that the chart of a gateway gives its Deployment, and its Service. @throws UnknownValue */
function chartName(release: KubernetesObject): string {
    return valueAt(release, "name").text() ?? release.name;
}

/** The chart's defaults stand in for what its values leave out. @throws UnknownValue */
function chartReplicas(release: KubernetesObject): Replicas {
    const values = valueAt(release);
    if (values.at("kind").text() === "DaemonSet") {
        return {};
    }
    if (values.at("autoscaling", "enabled").flag() ?? true) {
        return {
            least: values.at("autoscaling", "minReplicas").number() ?? 1,
            most: values.at("autoscaling", "maxReplicas").number() ?? 5,
        };
    }
    const count = values.at("replicaCount").number() ?? 1;
    return { least: count, most: count };
}

/** The ports of the gateway chart's Service where its values name none. */
const CHART_PORTS: readonly FrontPort[] = [
    { port: 15021, target: "15021" },
    { port: 80, target: "80" },
    { port: 443, target: "443" },
];

/** @throws UnknownValue */
function chartFront(release: KubernetesObject, { clusterDomain }: Settings): Front {
    const ports = frontPorts(valueAt(release, "service", "ports"));
    return {
        hosts: [`${chartName(release)}.${release.namespace}.svc.${clusterDomain}`],
        ports: ports.length === 0 ? CHART_PORTS : ports,
    };
}

/** The ports of a Service. @throws UnknownValue */
function frontPorts(ports: Field): readonly FrontPort[] {
    return ports.items().flatMap((entry) => {
        const port = entry.at("port").number();
        const target = entry.at("targetPort").text() ?? String(port);
        return port === undefined ? [] : [{ port, target, readAs: readAs(entry) }];
    });
}

/** What stands before each workload: Services, and ServiceEntries for virtual machines and pods. */
function frontsOf(view: MeshView): ReadonlyMap<KubernetesObject, readonly Front[]> {
    const { stack } = view;
    const fronts = new Map<KubernetesObject, Front[]>();
    const add = (front: Front, selector: Field, namespace: string): void => {
        if (selector.entries().length === 0) {
            return;
        }
        for (const bearer of bearersOf(stack, selector, namespace)) {
            fronts.set(bearer, [...(fronts.get(bearer) ?? []), front]);
        }
    };
    for (const object of stack.of(SERVICE, SERVICE_ENTRY)) {
        readable(() => {
            const spec = object.root.at("spec");
            if (object.kind === SERVICE.kind) {
                add(serviceFront(object, view.settings), spec.at("selector"), object.namespace);
            } else {
                const hosts = spec.at("hosts").texts();
                const labels = spec.at("workloadSelector", "labels");
                add(
                    { hosts, ports: frontPorts(spec.at("ports")), object },
                    labels,
                    object.namespace,
                );
            }
        });
    }
    return fronts;
}

/** @throws UnknownValue */
function serviceFront(service: KubernetesObject, { clusterDomain }: Settings): Front {
    return {
        hosts: [`${service.name}.${service.namespace}.svc.${clusterDomain}`],
        ports: frontPorts(service.root.at("spec", "ports")),
        object: service,
    };
}
