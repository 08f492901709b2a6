import { UnknownValue } from "./field.ts";
import type { Field, Finding, KubernetesObject } from "./field.ts";
import { each, some } from "./finding.ts";
import { isToldLike } from "./istio-chart.ts";
import { isIstiod, partOf, revisionOf, valuesOf } from "./istio-part.ts";
import { CONFIG_MAP, DEPLOYMENT, INSTALLERS, ISTIO_OPERATOR, SAIL } from "./kinds.ts";
import { isSelected } from "./kubernetes-object.ts";
import type { Selector } from "./kubernetes-object.ts";
import { UNREAD } from "./known.ts";
import { countField } from "./replicas.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";
import { yamlIn } from "./yaml.ts";

/** The kinds that bring a control plane; a rule that asks for one needs all of them. */
export const CONTROL_PLANE_KINDS: readonly Selector[] = [...INSTALLERS, DEPLOYMENT, CONFIG_MAP];

/** Parts of the injector's own configuration. */
type InjectionKey =
    | "defaultTemplates"
    | "enableNamespacesByDefault"
    | "injectedAnnotations"
    | "neverInjectSelector"
    | "policy"
    | "templates";

/** A control plane, whatever brings it: Helm, an operator's resource, or rendered manifests. */
export interface ControlPlane {
    /** On what findings about the whole are placed. */
    readonly object: KubernetesObject;
    /** Whether it runs here, rather than pointing at one elsewhere. @throws UnknownValue */
    readonly runsHere: () => boolean;
    /** A place of the mesh's configuration; `undefined` where the stack does not hold it. @throws UnknownValue */
    readonly meshConfig: (...steps: readonly string[]) => Field | undefined;
    /** A value of istiod's chart, where `pilot.*` wins over the top level. @throws UnknownValue */
    readonly value: (...steps: readonly string[]) => Field | undefined;
    /** What the injector is told. @throws UnknownValue */
    readonly injection: (key: InjectionKey) => Field | undefined;
    /** Where the number of replicas stands. @throws UnknownValue */
    readonly replicas: () => Field | undefined;
    /** The profile that fills in what is not said. @throws UnknownValue */
    readonly profile: () => string;
}

/** The first place that says something; what says nothing says it at the last one. @throws UnknownValue */
function firstSaid(places: readonly Field[]): Field | undefined {
    return places.find((place) => place.exists) ?? places.at(-1);
}

/** A place, unless files that no policy reads may fill it in. @throws UnknownValue */
function orUnread(field: Field | undefined): Field | undefined {
    const files = field?.object.root.at("valueYamlFiles");
    if (field?.exists === false && files !== undefined && files.items().length > 0) {
        throw new UnknownValue(files, UNREAD);
    }
    return field;
}

/** Where a control plane that is installed by values takes them from. */
class InstalledPlane implements ControlPlane {
    readonly object: KubernetesObject;
    readonly #values: Field;

    constructor(object: KubernetesObject, values: Field) {
        this.object = object;
        this.#values = values;
    }

    get #spec(): Field {
        return this.object.root.at("spec");
    }

    get #isOperated(): boolean {
        return this.object.group === ISTIO_OPERATOR.group;
    }

    readonly profile = (): string => {
        const own = this.object.group === "helm.sh" ? undefined : this.#spec.at("profile").text();
        return own ?? this.#values.at("profile").text() ?? "";
    };

    readonly runsHere = (): boolean => {
        const enabled = this.#spec.at("components", "pilot", "enabled");
        if (this.#isOperated && (enabled.exists || this.profile() === "empty")) {
            return enabled.flag() === true;
        }
        return (
            this.profile() !== "remote" &&
            this.#values.at("istiodRemote", "enabled").flag() !== true
        );
    };

    readonly meshConfig = (...steps: readonly string[]): Field | undefined => {
        const values = this.#values.at("meshConfig", ...steps);
        return orUnread(
            this.#isOperated ? firstSaid([values, this.#spec.at("meshConfig", ...steps)]) : values,
        );
    };

    readonly value = (...steps: readonly string[]): Field | undefined => {
        const values = this.#values;
        return orUnread(firstSaid([values.at("pilot", ...steps), values.at(...steps)]));
    };

    readonly injection = (key: InjectionKey): Field | undefined =>
        key === "policy"
            ? this.value("global", "proxy", "autoInject")
            : this.value("sidecarInjectorWebhook", key);

    readonly replicas = (): Field | undefined => {
        // Both are the chart's defaults.
        const autoscaled = this.value("autoscaleEnabled")?.flag() ?? true;
        const kubernetes = this.#spec.at("components", "pilot", "k8s");
        const own = autoscaled
            ? kubernetes.at("hpaSpec", "minReplicas")
            : kubernetes.at("replicaCount");
        return this.#isOperated && own.exists
            ? own
            : this.value(autoscaled ? "autoscaleMin" : "replicaCount");
    };
}

/** Names of what is rendered for a control plane, before its revision. */
const RENDERED = {
    config: "istio",
    deployment: "istiod",
    injector: "istio-sidecar-injector",
} as const;

function renderedNamed(
    stack: Stack,
    kind: Selector,
    namespace: string,
    name: string,
): KubernetesObject | undefined {
    return firstOf(
        stack.in(namespace, kind),
        (object) => object.name === name && object.namespace === namespace,
    );
}

/** Where a control plane that stands in the stack as manifests says what it is. */
class RenderedPlane implements ControlPlane {
    readonly object: KubernetesObject;
    readonly #stack: Stack;
    readonly #suffix: string;

    constructor(object: KubernetesObject, stack: Stack, suffix: string) {
        this.object = object;
        this.#stack = stack;
        this.#suffix = suffix;
    }

    #part(kind: Selector, name: string): KubernetesObject | undefined {
        return renderedNamed(this.#stack, kind, this.object.namespace, `${name}${this.#suffix}`);
    }

    #text(name: string, key: string): Field | undefined {
        const field = this.#part(CONFIG_MAP, name)?.root.at("data", key);
        return field && yamlIn(field);
    }

    readonly profile = (): string => "";

    readonly runsHere = (): boolean => this.object.name !== `${RENDERED.injector}${this.#suffix}`;

    readonly meshConfig = (...steps: readonly string[]): Field | undefined =>
        this.#text(RENDERED.config, "mesh")?.at(...steps);

    readonly value = (...steps: readonly string[]): Field | undefined =>
        this.#text(RENDERED.injector, "values")?.at(...steps);

    readonly injection = (key: InjectionKey): Field | undefined => {
        const said =
            key === "policy" ? ["global", "proxy", "autoInject"] : ["sidecarInjectorWebhook", key];
        const places = [this.#text(RENDERED.injector, "config")?.at(key), this.value(...said)];
        return firstSaid(places.filter((place) => place !== undefined));
    };

    readonly replicas = (): Field | undefined => {
        const deployment = this.#part(DEPLOYMENT, RENDERED.deployment);
        return deployment && countField(this.#stack, deployment);
    };
}

/** Where a control plane lives. @throws UnknownValue */
function namespaceOf(object: KubernetesObject): string {
    switch (object.group) {
        case SAIL.group:
            return object.root.at("spec", "namespace").text() ?? "istio-system";
        case ISTIO_OPERATOR.group:
            return (
                valuesOf(object).at("global", "istioNamespace").text() ??
                object.root.at("spec", "namespace").text() ??
                object.namespace
            );
        default:
            return object.namespace;
    }
}

/** Whether a chart or an operator of the stack, which is judged by its values, renders it. @throws UnknownValue */
function isRenderedHere(stack: Stack, object: KubernetesObject, suffix: string): boolean {
    const revision = suffix.replace(/^-/, "");
    return some(
        stack.of(...INSTALLERS),
        (installer) =>
            partOf(installer) === "istiod" &&
            namespaceOf(installer) === object.namespace &&
            revisionOf(installer) === revision,
    );
}

/** Whether a workload is istiod as a chart or an operator of the stack renders it. @throws UnknownValue */
export function isStatedElsewhere(stack: Stack, object: KubernetesObject): boolean {
    return isIstiod(object) && isRenderedHere(stack, object, `-${revisionOf(object)}`);
}

/** A ConfigMap's revision with its dash, where the ConfigMap is one that a control plane reads. */
function configSuffix(
    { root, name, namespace }: KubernetesObject,
    { rootNamespace }: Settings,
): string | undefined {
    const suffix = /^istio(?:-sidecar-injector)?(|-.+)$/.exec(name)?.[1];
    const labels = root.at("metadata", "labels");
    const isIstios =
        namespace === rootNamespace || (labels.known && labels.at("istio.io/rev").exists);
    const data = root.at("data");
    return isIstios && (!data.known || data.at("mesh").exists || data.at("values").exists)
        ? suffix
        : undefined;
}

function isNameKnown({ root }: KubernetesObject): boolean {
    return root.at("metadata", "name").known && root.at("metadata", "namespace").known;
}

/** Several objects render one control plane; it is that of the first of them that is there. @throws UnknownValue */
function renderedAt(
    object: KubernetesObject,
    stack: Stack,
    settings: Settings,
): ControlPlane | undefined {
    if (!isNameKnown(object)) {
        return undefined;
    }
    const suffix =
        object.kind === CONFIG_MAP.kind
            ? configSuffix(object, settings)
            : isIstiodOf(object, settings)
              ? object.name.replace(/^istiod(?=-|$)/, "")
              : undefined;
    if (suffix === undefined || isRenderedHere(stack, object, suffix)) {
        return undefined;
    }
    const first = [
        [DEPLOYMENT, RENDERED.deployment] as const,
        [CONFIG_MAP, RENDERED.config] as const,
    ]
        .map(([kind, name]) => renderedNamed(stack, kind, object.namespace, `${name}${suffix}`))
        .find((part) => part !== undefined);
    return (first ?? object) === object ? new RenderedPlane(object, stack, suffix) : undefined;
}

/** Elsewhere than in the root namespace labels that are not known say nothing. */
function isIstiodOf(deployment: KubernetesObject, { rootNamespace }: Settings): boolean {
    const { known } = deployment.root.at("metadata", "labels", "app");
    return (known || deployment.namespace === rootNamespace) && isIstiod(deployment);
}

function planeAt(
    object: KubernetesObject,
    stack: Stack,
    settings: Settings,
): ControlPlane | undefined {
    if (!isSelected(object, INSTALLERS)) {
        return renderedAt(object, stack, settings);
    }
    const values = valuesOf(object);
    if (partOf(object) === "istiod") {
        return new InstalledPlane(object, values);
    }
    // A chart of one's own that has istiod's among its dependencies.
    return object.group === "helm.sh" && isToldLike(object, ["istiod", "meshConfig"])
        ? new InstalledPlane(object, values.at("istiod"))
        : undefined;
}

/** Whether an object brings a control plane that runs here. Labels that are not known make no istiod. @throws UnknownValue */
export function bringsControlPlane(object: KubernetesObject): boolean {
    return isSelected(object, INSTALLERS)
        ? partOf(object) === "istiod" && new InstalledPlane(object, valuesOf(object)).runsHere()
        : object.root.at("metadata", "labels", "app").known && isIstiod(object);
}

/** Each configuration of istiod in the stack, once it is asked for: what is unknown about one is said then. */
function istiodsOf(stack: Stack, settings: Settings): readonly (() => ControlPlane)[] {
    return stack.once("istiods", () =>
        stack.of(...CONTROL_PLANE_KINDS).flatMap((object) => {
            try {
                const plane = planeAt(object, stack, settings);
                return plane === undefined ? [] : [() => plane];
            } catch (error) {
                return [
                    () => {
                        throw error;
                    },
                ];
            }
        }),
    );
}

/** What a check finds in each configuration of istiod, also of one that only points at a control plane elsewhere. */
export function eachIstiod(
    stack: Stack,
    settings: Settings,
    check: (istiod: ControlPlane) => readonly Finding[],
): Finding[] {
    return each(
        () => istiodsOf(stack, settings),
        (istiod) => check(istiod()),
    );
}

/** What a check finds in each control plane that the stack runs. */
export function eachControlPlane(
    stack: Stack,
    settings: Settings,
    check: (plane: ControlPlane) => readonly Finding[],
): Finding[] {
    return eachIstiod(stack, settings, (plane) => (plane.runsHere() ? check(plane) : []));
}

/** The control planes that the stack runs. @throws UnknownValue */
export function controlPlanesOf(stack: Stack, settings: Settings): readonly ControlPlane[] {
    return istiodsOf(stack, settings)
        .map((istiod) => istiod())
        .filter((plane) => plane.runsHere());
}
