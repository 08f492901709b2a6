import { differingPaths } from "#live/kubernetes/declared.ts";
import type { Path } from "#live/kubernetes/declared.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { groupAndVersion } from "#model/istio-kinds.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { annotationsOf } from "./temporary.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Objects that are the stack's own, by what follows from the program, Helm's records and the timers that run. */
export interface OwnObjects {
    readonly program: readonly DeclaredObject[];
    readonly charts: readonly DeclaredObject[];
    readonly temporary: readonly DeclaredObject[];
}

/** Everything that is the stack's own. */
export function allOf({ program, charts, temporary }: OwnObjects): readonly DeclaredObject[] {
    return [...program, ...charts, ...temporary];
}

/** What an object was declared as; `undefined` for a stranger's. */
export function declaredAs(live: LiveObject, own: OwnObjects): DeclaredObject | undefined {
    return (
        [...own.program, ...own.charts].find((declared) => isSame(declared, live)) ??
        // What a timer's record calls for is own as that alone: its namesake is a stranger's.
        own.temporary.find(
            (declared) => isSame(declared, live) && differences(declared, live).length === 0,
        )
    );
}

/** Whether both are the same object; one of the whole cluster has no namespace, whatever a chart says. */
export function isSame(declared: DeclaredObject, live: LiveObject): boolean {
    return (
        declared.kind === live.kind &&
        groupOf(declared.apiVersion) === groupOf(live.apiVersion) &&
        declared.metadata.name === live.metadata.name &&
        (live.metadata.namespace === undefined ||
            declared.metadata.namespace === live.metadata.namespace)
    );
}

/** The group of an API version; empty for Kubernetes' core. */
export function groupOf(apiVersion: string): string {
    return apiVersion.includes("/") ? groupAndVersion(apiVersion).group : "";
}

/** Places at which an own object is not as it was declared, each as a path in dots. */
export function differences(declared: DeclaredObject, live: LiveObject): string[] {
    const owners = (declared.metadata as Fields)["ownerReferences"];
    const paths = [
        ...contentDifferences(declared, live),
        ...(owners === undefined
            ? []
            : differingPaths(owners, live.metadata["ownerReferences"], [
                  "metadata",
                  "ownerReferences",
              ])),
    ];
    return [...new Set([...paths.map(pathText), ...meshKeysBeside(declared, live)])];
}

function pathText(path: Path): string {
    return path.join(".");
}

function contentDifferences(declared: DeclaredObject, live: LiveObject): Path[] {
    const spec = (live["spec"] ?? {}) as Fields;
    switch (declared.kind) {
        case "Namespace":
            return [];
        case "ConfigMap":
            return exactly(declared["data"], live["data"], "data");
        case "Service":
            return exactly(
                servicePart(declared.spec as Fields),
                servicePart(spec, declared.spec as Fields),
                "spec",
            );
        case "EndpointSlice":
            return ["endpoints", "ports", "addressType"].flatMap((field) =>
                exactly(declared[field], live[field], field),
            );
        case "MutatingWebhookConfiguration":
        case "ValidatingWebhookConfiguration":
            return exactly(webhookPart(declared), webhookPart(live), "webhooks");
        case "Deployment":
            return exactly(podPart(declared.spec), podPart(spec), "spec");
        default:
            return isOfIstio(declared)
                ? exactly(declared.spec, spec, "spec")
                : differingPaths(declared.spec, spec, ["spec"]);
    }
}

/** Both ways, so that nothing beside is there either. */
function exactly(declared: unknown, live: unknown, field: string): Path[] {
    return [
        ...differingPaths(declared ?? {}, live ?? {}, [field]),
        ...differingPaths(live ?? {}, declared ?? {}, [field]),
    ];
}

export function isOfIstio({ apiVersion }: { readonly apiVersion: string }): boolean {
    return groupOf(apiVersion).endsWith(".istio.io");
}

/** What of a Service says whom it leads to from where; the API server fills in the rest. */
function servicePart(spec: Fields, declared: Fields = spec): Fields {
    const ports = (spec["ports"] ?? []) as readonly Fields[];
    const known = (declared["ports"] ?? []) as readonly Fields[];
    return {
        selector: spec["selector"],
        type: spec["type"] ?? "ClusterIP",
        externalName: spec["externalName"],
        externalIPs: spec["externalIPs"],
        publishNotReadyAddresses: spec["publishNotReadyAddresses"],
        ports: ports.map((port, index) => ({
            port: port["port"],
            targetPort: port["targetPort"] ?? port["port"],
            name: port["name"],
            appProtocol: port["appProtocol"],
            protocol: port["protocol"] ?? "TCP",
            ...(known[index]?.["nodePort"] !== undefined && { nodePort: port["nodePort"] }),
        })),
    };
}

/** What of a Deployment says what runs in its pods, and as whom. */
function podPart(spec: unknown): Fields {
    const { template } = spec as {
        readonly template: {
            readonly metadata?: Readonly<Record<"labels" | "annotations", Fields | undefined>>;
            readonly spec?: Fields;
        };
    };
    const { serviceAccountName, containers, initContainers, hostNetwork } = template.spec ?? {};
    const { labels = {}, annotations = {} } = template.metadata ?? {};
    return {
        labels,
        annotations: Object.fromEntries(
            Object.entries(annotations).filter(([key]) => MESH_KEY.test(key)),
        ),
        serviceAccountName: serviceAccountName ?? "default",
        hostNetwork,
        containers: containerParts(containers),
        initContainers: containerParts(initContainers),
    };
}

function containerParts(containers: unknown): unknown {
    return ((containers ?? []) as readonly Fields[]).map(({ name, image, command, args, env }) => ({
        name,
        image,
        command,
        args,
        env: ((env ?? []) as readonly Fields[]).map((variable) => ({
            name: variable["name"],
            value: variable["value"],
        })),
    }));
}

/** What istiod writes itself, `install/webhook-ca` judges. */
function webhookPart(object: Fields): unknown {
    return ((object["webhooks"] ?? []) as readonly Fields[]).map((webhook) => ({
        name: webhook["name"],
        rules: ((webhook["rules"] ?? []) as readonly Fields[]).map((rule) => ({
            ...rule,
            scope: rule["scope"] ?? "*",
        })),
        namespaceSelector: webhook["namespaceSelector"],
        objectSelector: webhook["objectSelector"],
        matchConditions: webhook["matchConditions"],
        service: serviceOf(webhook),
        url: (webhook["clientConfig"] as Fields | undefined)?.["url"],
    }));
}

function serviceOf(webhook: Fields): Fields {
    const client = (webhook["clientConfig"] ?? {}) as Fields;
    const { name, namespace, path } = (client["service"] ?? {}) as Fields;
    return { name, namespace, path };
}

/** Labels and annotations by which Istio is told something. */
const MESH_KEY = /(^|\.)istio\.io\/|^istio-injection$/;

function meshKeysBeside(declared: DeclaredObject, live: LiveObject): string[] {
    const beside = (
        field: "labels" | "annotations",
        own: Readonly<Record<string, string>> = {},
        there: Readonly<Record<string, string>> = {},
    ): string[] =>
        [...new Set([...Object.keys(own), ...Object.keys(there)])]
            .filter((key) => MESH_KEY.test(key) && own[key] !== there[key])
            .map((key) => `metadata.${field}.${key}`);
    return [
        ...beside("labels", declared.metadata.labels, live.metadata.labels),
        ...beside("annotations", declared.metadata.annotations, annotationsOf(live.metadata)),
    ];
}
