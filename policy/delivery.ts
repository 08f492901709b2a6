import { Field, Placed } from "./field.ts";
import type { KubernetesObject } from "./field.ts";
import { Unknown } from "./known.ts";
import { firstSaid, merged, parsed, setAt } from "./placed.ts";

/** What a controller of the cluster is asked to install: a chart, or files of which nobody sees anything here. */
export interface Delivery {
    readonly name: Placed;
    readonly namespace: Placed;
    readonly chart: Placed;
    readonly repository: Placed;
    readonly version: Placed;
    readonly values: Placed;
    /** Where values are that no policy reads, and that yield to `values`. */
    readonly unread: Placed;
    /** What tells the cluster from the one in which it is asked for; empty for the same. */
    readonly elsewhere: string;
    /** Unknown where there may be more than the chart: objects that nobody sees here. */
    readonly more: Placed;
}

/**
 * Looks an object up that a delivery refers to, by default one of the namespace and name of its order; `undefined` where
 * the stack does not have it.
 */
export type Find = (
    kind: string,
    namespace: string | undefined,
    name?: string,
) => KubernetesObject | undefined;

const NOTHING = new Placed("", undefined);

/** What stands for objects that somebody writes elsewhere. */
const MORE = new Unknown("cannot be judged; what else is delivered there, nobody sees here");

/** What a template of many Applications leaves to its generators. */
const FILLED_IN = new Unknown("cannot be judged; a generator fills it in");

/** What is known of a version by its digest. */
const NO_VERSION = new Unknown("cannot be judged; a digest says no version");

function elsewhereUnseen(kind: string, name: string): Unknown {
    return new Unknown(`cannot be judged; ${kind} ${name}, which says it, is not in the stack`);
}

function known(field: Field): string | undefined {
    return field.known ? field.text() : undefined;
}

/** The first of these places that lists something, or may. */
function firstListed(...fields: readonly [Field, ...Field[]]): Placed {
    return (
        fields.find(
            (field) => !field.known || field.items().length > 0 || field.text() !== undefined,
        ) ?? fields[0]
    ).placed;
}

/** Something unread, whatever it is: a list, or the name of a file. */
function asList({ path, value }: Placed): Placed {
    return new Placed(path, typeof value === "string" ? [value] : value);
}

/** A chart in a folder of a repository, as a path: its version is the repository's. */
function folderOf(repository: Field, folder: Field): Placed {
    const host = (known(repository) ?? ".").replace(/^[a-z+]+:\/\/|\.git$/g, "");
    const path = known(folder);
    return path === undefined
        ? folder.placed
        : new Placed(folder.path, `${host}/${path.replace(/^\.?\//, "")}`);
}

/** Where a chart comes from. */
type Origin = Pick<Delivery, "chart" | "repository" | "version">;

/** A chart that Flux takes from a repository of charts, or of files. */
function fluxChart(spec: Field, find: Find): Origin {
    const reference = spec.at("sourceRef");
    const [kind, name] = [known(reference.at("kind")) ?? "", known(reference.at("name")) ?? ""];
    const url = find(kind, known(reference.at("namespace")), name)?.root.at("spec", "url");
    if (kind !== "HelmRepository") {
        return {
            chart: folderOf(url ?? reference.at("name"), spec.at("chart")),
            repository: NOTHING,
            version: NOTHING,
        };
    }
    return {
        chart: spec.at("chart").placed,
        // Where the repository is another stack's its name tells whose charts it has.
        repository: new Placed(reference.path, url === undefined ? name : url.placed.value),
        version: spec.at("version").placed,
    };
}

/** The version of an artifact by tag or range. */
function artifactVersion(reference: Field, path: string): Placed {
    const digest = reference.at("digest");
    return digest.known && digest.exists
        ? new Placed(path, NO_VERSION)
        : new Placed(path, firstSaid(reference.at("semver"), reference.at("tag")).value);
}

/** A chart that Flux is referred to. */
function fluxReferred(reference: Field, find: Find): Origin {
    const [kind, name] = [known(reference.at("kind")) ?? "", known(reference.at("name")) ?? ""];
    const source = find(kind, known(reference.at("namespace")), name);
    if (source === undefined) {
        return {
            chart: reference.at("name").placed,
            repository: NOTHING,
            version: new Placed(reference.path, elsewhereUnseen(kind, name)),
        };
    }
    const spec = source.root.at("spec");
    if (kind === "HelmChart") {
        const { chart, repository, version } = fluxChart(spec, find);
        return {
            chart: new Placed(reference.path, chart.value),
            repository: new Placed(reference.path, repository.value),
            version: new Placed(reference.path, version.value),
        };
    }
    return {
        chart: new Placed(reference.path, spec.at("url").placed.value),
        repository: NOTHING,
        version: artifactVersion(spec.at("ref"), reference.path),
    };
}

/** Which cluster is meant, and what that says of the rest of it. */
type Target = Pick<Delivery, "elsewhere" | "more">;

const HERE: Target = { elsewhere: "", more: NOTHING };

function elsewhere({ path, value }: Placed): Target {
    return { elsewhere: `${path} ${JSON.stringify([value])}`, more: new Placed(path, MORE) };
}

function clusterIn(field: Field): Target {
    return field.known && !field.exists ? HERE : elsewhere(field.placed);
}

/** Flux's helm-controller. */
function ofFlux({ root }: KubernetesObject, find: Find): readonly Delivery[] {
    const spec = root.at("spec");
    const reference = spec.at("chartRef");
    const template = spec.at("chart", "spec");
    return [
        {
            ...(reference.known && reference.exists
                ? fluxReferred(reference, find)
                : fluxChart(template, find)),
            name: firstSaid(spec.at("releaseName"), root.at("metadata", "name")),
            namespace: firstSaid(spec.at("targetNamespace"), root.at("metadata", "namespace")),
            values: spec.at("values").placed,
            unread: asList(
                firstListed(
                    spec.at("valuesFrom"),
                    template.at("valuesFiles"),
                    template.at("valuesFile"),
                ),
            ),
            ...clusterIn(spec.at("kubeConfig")),
        },
    ];
}

/** What is taken from a repository of manifests. */
function files(name: Placed, namespace: Placed, source: Field, { elsewhere }: Target): Delivery {
    return {
        name,
        namespace,
        more: new Placed(source.path, MORE),
        chart: NOTHING,
        repository: NOTHING,
        version: NOTHING,
        values: NOTHING,
        unread: NOTHING,
        elsewhere,
    };
}

/** Flux's kustomize-controller. */
function ofKustomization({ root }: KubernetesObject): readonly Delivery[] {
    const [spec, metadata] = [root.at("spec"), root.at("metadata")];
    return [
        files(
            metadata.at("name").placed,
            firstSaid(spec.at("targetNamespace"), metadata.at("namespace")),
            spec.at("sourceRef"),
            clusterIn(spec.at("kubeConfig")),
        ),
    ];
}

/** Argo CD: values as an object go before those in a text, and single parameters before both. */
function argoValues(helm: Field): Placed {
    const object = helm.at("valuesObject");
    const own = !object.known || object.exists ? object.placed : parsed(helm.at("values"));
    const files = helm.at("fileParameters");
    const parameters = helm.at("parameters");
    if (!parameters.known) {
        return parameters.placed;
    }
    return [
        ...parameters
            .items()
            .map((one) => setAt(known(one.at("name")) ?? "", one.at("value").placed)),
        ...(files.known ? files.items() : []).map((one) =>
            setAt(known(one.at("name")) ?? "", new Placed(one.path, FILLED_IN)),
        ),
    ].reduce(merged, own);
}

function argoCluster(destination: Field): Target {
    const [server, name] = [destination.at("server"), destination.at("name")];
    const isHere =
        server.known &&
        name.known &&
        ["", "https://kubernetes.default.svc"].includes(server.text() ?? "") &&
        ["", "in-cluster"].includes(name.text() ?? "");
    return isHere
        ? HERE
        : elsewhere(new Placed(destination.path, [server.placed.value, name.placed.value]));
}

/** What Argo CD takes from one source; nothing of one that only holds value files. */
function argoSource(source: Field, spec: Field, metadata: Field): readonly Delivery[] {
    const [chart, path, helm] = [source.at("chart"), source.at("path"), source.at("helm")];
    const destination = spec.at("destination");
    const name = firstSaid(helm.at("releaseName"), metadata.at("name"));
    const namespace = firstSaid(
        helm.at("namespace"),
        destination.at("namespace"),
        metadata.at("namespace"),
    );
    const target = argoCluster(destination);
    const isChart = !chart.known || chart.exists;
    if (!isChart && (!helm.known || !helm.exists)) {
        return path.known && !path.exists ? [] : [files(name, namespace, path, target)];
    }
    const repository = source.at("repoURL");
    return [
        {
            name,
            namespace,
            ...target,
            ...(isChart
                ? {
                      chart: chart.placed,
                      repository: repository.placed,
                      version: source.at("targetRevision").placed,
                  }
                : { chart: folderOf(repository, path), repository: NOTHING, version: NOTHING }),
            values: argoValues(helm),
            unread: asList(firstListed(helm.at("valueFiles"))),
        },
    ];
}

function argoSources(spec: Field, metadata: Field): readonly Delivery[] {
    const many = spec.at("sources");
    return many.known && many.items().length > 0
        ? many.items().flatMap((source) => argoSource(source, spec, metadata))
        : argoSource(spec.at("source"), spec, metadata);
}

function ofArgo({ root }: KubernetesObject): readonly Delivery[] {
    return argoSources(root.at("spec"), root.at("metadata"));
}

/** A template in which what the generators fill in is not known. */
function unfilled(value: unknown): unknown {
    if (typeof value === "string") {
        return value.includes("{{") ? FILLED_IN : value;
    }
    if (typeof value !== "object" || value === null || value instanceof Unknown) {
        return value;
    }
    return Array.isArray(value)
        ? value.map(unfilled)
        : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unfilled(inner)]));
}

function ofArgoSet({ root }: KubernetesObject): readonly Delivery[] {
    const { object, path, placed } = root.at("spec", "template");
    const template = new Field(object, path, unfilled(placed.value));
    return argoSources(template.at("spec"), template.at("metadata"));
}

/** The controller of k3s and RKE2. */
function ofCattle({ root }: KubernetesObject, find: Find): readonly Delivery[] {
    const [spec, metadata] = [root.at("spec"), root.at("metadata")];
    const config = find("HelmChartConfig", undefined)?.root.at("spec");
    const values = (one: Field): readonly Placed[] => [
        parsed(one.at("valuesContent")),
        one.at("values").placed,
    ];
    const ofConfig = (config === undefined ? [] : values(config)).map(
        ({ path, value }) => new Placed(`${config?.object.kind ?? ""}.${path}`, value),
    );
    const set = spec.at("set");
    const content = spec.at("chartContent");
    return [
        {
            name: metadata.at("name").placed,
            namespace: firstSaid(spec.at("targetNamespace"), metadata.at("namespace")),
            chart:
                content.known && content.exists
                    ? metadata.at("name").placed
                    : spec.at("chart").placed,
            repository: spec.at("repo").placed,
            version: spec.at("version").placed,
            values: [
                ...values(spec),
                ...ofConfig,
                ...(set.known ? set.entries() : []).map(([name, value]) =>
                    setAt(name, value.placed),
                ),
            ].reduce(merged),
            unread: firstListed(
                spec.at("valuesSecrets"),
                ...(config === undefined ? [] : [config.at("valuesSecrets")]),
            ),
            ...HERE,
        },
    ];
}

/** Rancher's Fleet, whose charts go to the clusters that are its targets. */
function ofFleet({ root }: KubernetesObject): readonly Delivery[] {
    const [spec, metadata] = [root.at("spec"), root.at("metadata")];
    const helm = spec.at("helm");
    return [
        {
            name: firstSaid(helm.at("releaseName"), metadata.at("name")),
            namespace: firstSaid(
                spec.at("namespace"),
                spec.at("defaultNamespace"),
                metadata.at("namespace"),
            ),
            chart: helm.at("chart").placed,
            repository: helm.at("repo").placed,
            version: helm.at("version").placed,
            values: helm.at("values").placed,
            unread: firstListed(helm.at("valuesFrom"), helm.at("valuesFiles")),
            ...elsewhere(spec.at("targets").placed),
        },
    ];
}

/** Crossplane's provider of Helm. */
function ofCrossplane({ root }: KubernetesObject): readonly Delivery[] {
    const [asked, metadata] = [root.at("spec", "forProvider"), root.at("metadata")];
    const set = asked.at("set");
    return [
        {
            name: metadata.at("name").placed,
            namespace: asked.at("namespace").placed,
            chart: firstSaid(asked.at("chart", "url"), asked.at("chart", "name")),
            repository: asked.at("chart", "repository").placed,
            version: asked.at("chart", "version").placed,
            values: (set.known ? set.items() : [])
                .map((one) => setAt(known(one.at("name")) ?? "", one.at("value").placed))
                .reduce(merged, asked.at("values").placed),
            unread: firstListed(asked.at("valuesFrom")),
            ...HERE,
        },
    ];
}

/** The controller of k0s. */
function ofK0s({ root }: KubernetesObject): readonly Delivery[] {
    const [spec, metadata] = [root.at("spec"), root.at("metadata")];
    return [
        {
            name: firstSaid(spec.at("releaseName"), metadata.at("name")),
            namespace: firstSaid(spec.at("namespace"), metadata.at("namespace")),
            chart: spec.at("chartName").placed,
            repository: NOTHING,
            version: spec.at("version").placed,
            values: parsed(spec.at("values")),
            unread: NOTHING,
            ...HERE,
        },
    ];
}

type Deliverer = (object: KubernetesObject, find: Find) => readonly Delivery[];

/** Every kind by which a controller is asked to install charts or files, and how it is read. */
const DELIVERERS: Readonly<Record<string, Deliverer>> = {
    "argoproj.io/Application": ofArgo,
    "argoproj.io/ApplicationSet": ofArgoSet,
    "fleet.cattle.io/Bundle": ofFleet,
    "fleet.cattle.io/HelmOp": ofFleet,
    "helm.cattle.io/HelmChart": ofCattle,
    "helm.crossplane.io/Release": ofCrossplane,
    "helm.k0sproject.io/Chart": ofK0s,
    "helm.toolkit.fluxcd.io/HelmRelease": ofFlux,
    "kustomize.toolkit.fluxcd.io/Kustomization": ofKustomization,
};

/** Whether a controller takes objects of a kind for orders to install something. */
export function isDeliverer({ group, kind }: Pick<KubernetesObject, "group" | "kind">): boolean {
    return Object.hasOwn(DELIVERERS, `${group}/${kind}`);
}

/** What is to be installed because an object asks for it. */
export function deliveriesOf(object: KubernetesObject, find: Find): readonly Delivery[] {
    return DELIVERERS[`${object.group}/${object.kind}`]?.(object, find) ?? [];
}

/** Whether others' deliveries may refer to an object. */
export function isReferredTo({ group, kind }: Pick<KubernetesObject, "group" | "kind">): boolean {
    return (
        group === "source.toolkit.fluxcd.io" ||
        (group === "helm.cattle.io" && kind === "HelmChartConfig")
    );
}
