import { grouped } from "#model/groups.ts";
import { Field } from "#policy/field.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { valueAt } from "#policy/helm.ts";
import { rangeFrom } from "#policy/ip-range.ts";
import { HELM, SERVICE } from "#policy/kinds.ts";
import { containersOf, isMachine, podOf } from "#policy/workload.ts";
import type { Change } from "../change.ts";
import { meshViewOf, readable } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import { refsOf } from "../routes/words.ts";
import type { Subject } from "../subject.ts";
import { workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { isOpen, OPEN_TYPES } from "./outside.ts";

/** A way into the cluster beside the routes of its gateways. */
interface Opening {
    /** The same for the same way in. */
    readonly key: string;
    readonly about: string;
    /** For example `payment is reachable from outside by a load balancer on port 80`. */
    readonly text: string;
    readonly weaker: string;
    readonly object: KubernetesObject;
    /** The gateway that it opens; one that is new weakens nothing. */
    readonly gateway?: string;
    /** Of clients of a load balancer: which one's. They are told only where it stood open before and does still. */
    readonly balancer?: string;
    readonly from?: string;
}

const PAST = "it goes past the gateways, their routes and their TLS";
const INGRESS = { group: "networking.k8s.io", kind: "Ingress" } as const;

const HOW: Readonly<Record<string, string>> = {
    LoadBalancer: "a load balancer",
    NodePort: "a port of every node",
};

function isInternal(annotations: Field): boolean {
    return textsOf(annotations).some(
        ([key, value]) =>
            (/internal/i.test(key) && value !== "false") ||
            (/load-balancer-(type|scheme)$/.test(key) && /^internal$/i.test(value)),
    );
}

/** @throws UnknownValue */
function serviceOpenings(
    object: KubernetesObject,
    name: string,
    spec: Field,
    annotations: Field,
    gateway: string | undefined,
): readonly Opening[] {
    const type = spec.at("type").text() ?? "ClusterIP";
    const ports = spec
        .at("ports")
        .items()
        .map((port) => port.at("port").text() ?? "");
    const weaker = gateway === undefined ? PAST : "the gateway is open to clients outside";
    const opening = (how: string, port: string): Opening => ({
        key: `${object.namespace}/${name} ${how} ${port}`,
        about: name,
        text: `${name} is reachable from outside by ${how}${port === "" ? "" : ` on port ${port}`}`,
        weaker,
        object,
        ...(gateway !== undefined && { gateway }),
    });
    const ways = [
        ...(OPEN_TYPES.includes(type) ? [HOW[type] ?? type] : []),
        ...spec
            .at("externalIPs")
            .texts()
            .map((address) => `the address ${address}`),
    ];
    const opened = ways.flatMap((how) =>
        (ports.length === 0 ? [""] : ports).map((port) => opening(how, port)),
    );
    return type === "LoadBalancer"
        ? [...opened, ...sourcesOf(object, name, spec, annotations)]
        : opened;
}

const EVERYWHERE: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Whose addresses a load balancer takes. */
function sourcesOf(
    object: KubernetesObject,
    name: string,
    spec: Field,
    annotations: Field,
): readonly Opening[] {
    const ranges = spec.at("loadBalancerSourceRanges").texts();
    const balancer = `${object.namespace}/${name}`;
    const isAll = ranges.length === 0 || ranges.some((range) => EVERYWHERE.includes(range));
    const sources = isInternal(annotations) ? ["its own network"] : isAll ? ["everywhere"] : ranges;
    return sources.map((from) => ({
        key: `${balancer} from ${from}`,
        about: name,
        text: `the load balancer of ${name} takes clients from ${from}`,
        weaker: "clients reach it that did not before",
        object,
        balancer,
        from,
    }));
}

/** @throws UnknownValue */
function ofServices(
    { stack }: MeshView,
    gateways: ReadonlyMap<unknown, string>,
): readonly Opening[] {
    return stack.of(SERVICE).flatMap((service) => {
        const spec = service.root.at("spec");
        return (
            readable(() =>
                isOpen(spec)
                    ? serviceOpenings(
                          service,
                          service.name,
                          spec,
                          service.root.at("metadata", "annotations"),
                          gateways.get(service),
                      )
                    : [],
            ) ?? []
        );
    });
}

/** What the Services of charts are told, where their objects are not seen. */
function ofReleases(subject: Subject): readonly Opening[] {
    const view = meshViewOf(subject);
    const gateways = new Map(
        workloadsOf(subject)
            .all.filter(({ object }) => object.group === "helm.sh")
            .map((workload) => [workload.object, workload]),
    );
    const rendered = new Set(
        subject.releases
            .filter(({ objects }) => objects !== undefined)
            .map(({ namespace, name }) => `${namespace}/${name}`),
    );
    return view.stack.of(...HELM).flatMap((release) => {
        const gateway = gateways.get(release);
        const spec = valueAt(release, "service");
        return (
            readable(() => {
                if (gateway === undefined && rendered.has(`${release.namespace}/${release.name}`)) {
                    return [];
                }
                const said = spec.at("type").text();
                return gateway !== undefined && said === undefined
                    ? chartDefault(release, gateway)
                    : serviceOpenings(
                          release,
                          gateway?.name ?? release.name,
                          spec,
                          spec.at("annotations"),
                          gateway?.key,
                      );
            }) ?? []
        );
    });
}

/** A gateway's chart opens what nobody says anything of. */
function chartDefault(release: KubernetesObject, gateway: Workload): readonly Opening[] {
    const annotations = valueAt(release, "service", "annotations");
    const service = new Field(release, "values.service", {
        ...(valueAt(release, "service").value as object | undefined),
        type: "LoadBalancer",
    });
    return serviceOpenings(release, gateway.name, service, annotations, gateway.key);
}

/** @throws UnknownValue */
function ofPod(workload: Workload): readonly Opening[] {
    const { object, name, key } = workload;
    if (isMachine(object) || object.group === "helm.sh" || !object.runsPods) {
        return [];
    }
    const pod = podOf(object);
    const ports = containersOf(pod)
        .flatMap((container) => container.at("ports").items())
        .flatMap((port) => port.at("hostPort").text() ?? [])
        .filter((port) => port !== "0");
    const opening = (how: string): Opening => ({
        key: `${key} ${how}`,
        about: name,
        text: `${name} is reachable at its nodes' addresses by ${how}`,
        weaker: PAST,
        object,
    });
    return [
        ...ports.map((port) => opening(`port ${port}`)),
        ...(pod.at("spec", "hostNetwork").flag() === true
            ? [opening("the nodes' own network")]
            : []),
    ];
}

/** @throws UnknownValue */
function ofIngress(ingress: KubernetesObject): readonly Opening[] {
    const spec = ingress.root.at("spec");
    const encrypted = spec
        .at("tls")
        .items()
        .flatMap((tls) => tls.at("hosts").texts());
    const backendOf = (backend: Field): string =>
        backend.at("service", "name").text() ?? backend.at("resource", "name").text() ?? "";
    const opening = (host: string, path: string, backend: Field): Opening => {
        const plain = encrypted.includes(host) ? "" : " in plain text";
        const address = `${host === "" ? "any host" : host}${path}`;
        return {
            key: `${ingress.namespace} ${address} ${backendOf(backend)}${plain}`,
            about: backendOf(backend),
            text: `${address} is reachable from outside by an Ingress${plain} and leads to ${backendOf(backend)}`,
            weaker: PAST,
            object: ingress,
        };
    };
    const fallback = spec.at("defaultBackend");
    return [
        ...(fallback.exists ? [opening("", "/*", fallback)] : []),
        ...spec
            .at("rules")
            .items()
            .flatMap((rule) =>
                rule
                    .at("http", "paths")
                    .items()
                    .map((path) => {
                        const text = path.at("path").text() ?? "/";
                        const end = path.at("pathType").text() === "Exact" ? "" : "/*";
                        return opening(
                            rule.at("host").text() ?? "",
                            `${text.replace(/\/$/, "")}${end}`,
                            path.at("backend"),
                        );
                    }),
            ),
    ];
}

function openingsOf(subject: Subject): ReadonlyMap<string, Opening> {
    const view = meshViewOf(subject);
    const { all } = workloadsOf(subject);
    const gateways = new Map(
        all
            .filter(({ role }) => role === "gateway")
            .flatMap(({ fronts, key }) => fronts.map(({ object }) => [object, key] as const)),
    );
    return new Map(
        [
            ...ofServices(view, gateways),
            ...ofReleases(subject),
            ...all.flatMap((workload) => readable(() => ofPod(workload)) ?? []),
            ...view.stack
                .of(INGRESS)
                .flatMap((ingress) => readable(() => ofIngress(ingress)) ?? []),
        ].map((opening) => [opening.key, opening]),
    );
}

/** Whether addresses are all among others. */
function isWithin(from: string, other: string): boolean {
    const [own, wide] = [rangeFrom(from), rangeFrom(other)];
    return (
        other === "everywhere" ||
        (own !== undefined &&
            wide !== undefined &&
            own.bits === wide.bits &&
            own.first >= wide.first &&
            own.last <= wide.last)
    );
}

/** Openings that another side has not; clients of a load balancer only where that side has it, and has them not all. */
function beyond(
    own: ReadonlyMap<string, Opening>,
    others: ReadonlyMap<string, Opening>,
): readonly Opening[] {
    const balancers = grouped([...others.values()], ({ balancer }) =>
        balancer === undefined ? [] : [balancer],
    );
    return [...own.values()].filter(({ key, balancer, from = "" }) => {
        const known = balancer === undefined ? undefined : (balancers.get(balancer) ?? []);
        return (
            !others.has(key) &&
            (known === undefined ||
                (known.length > 0 && !known.some((other) => isWithin(from, other.from ?? ""))))
        );
    });
}

/** Ways in beside the gateways' routes, that there are now or are no longer. */
export function openingChanges(before: Subject, after: Subject): readonly Change[] {
    const [old, now] = [openingsOf(before), openingsOf(after)];
    const workloads = workloadsOf(before).byKey;
    const change = (opening: Opening, text: string): Change => ({
        topic: "exposure",
        kind: "exposure/opening",
        about: opening.about,
        text,
        objects: refsOf([opening.object]),
    });
    return [
        ...beyond(now, old).map((opening) => ({
            ...change(opening, `${opening.text} now`),
            ...((opening.gateway === undefined || workloads.has(opening.gateway)) && {
                weaker: opening.weaker,
            }),
        })),
        ...beyond(old, now).map((opening) => change(opening, `no longer: ${opening.text}`)),
    ];
}
