import { controlPlanesOf } from "#policy/control-plane.ts";
import type { ControlPlane } from "#policy/control-plane.ts";
import { UnknownValue } from "#policy/field.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { isGatewayChart } from "#policy/gateways.ts";
import { HELM } from "#policy/kinds.ts";
import { isSelected, objectsOf } from "#policy/kubernetes-object.ts";
import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import { DEFAULT_SETTINGS } from "#policy/settings.ts";
import type { Settings } from "#policy/settings.ts";
import { Stack, stacksOf } from "#policy/stack.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { ObjectRef } from "./change.ts";
import type { Subject } from "./subject.ts";

/** A subject as Istio reads it: its objects, those of its rendered charts too, and what its control plane is told. */
export interface MeshView {
    readonly stack: Stack;
    readonly settings: Settings;
    /** The subject's control plane; absent where somebody else installs it. */
    readonly plane: ControlPlane | undefined;
    /** The objects that charts make, with the names of their releases. */
    readonly charted: ReadonlyMap<KubernetesObject, string>;
}

const views = new WeakMap<Subject, MeshView>();

/** A subject as Istio reads it; made once for each. */
export function meshViewOf(subject: Subject): MeshView {
    const known = views.get(subject);
    if (known !== undefined) {
        return known;
    }
    const charted = chartObjects(subject);
    const [stack = new Stack([])] = stacksOf([
        ...subject.resources.flatMap((resource) => objectsOf(resource)),
        ...charted.keys(),
    ]);
    const plane = readable(() => controlPlanesOf(stack, DEFAULT_SETTINGS)[0]);
    const view = { stack, settings: settingsOf(plane), plane, charted };
    views.set(subject, view);
    return view;
}

/** What can be read, or `undefined` where it depends on a value that nobody can tell. */
export function readable<Result>(read: () => Result): Result | undefined {
    try {
        return read();
    } catch (error) {
        if (error instanceof UnknownValue) {
            return undefined;
        }
        throw error;
    }
}

/** An object of the policy pack's by its name. @throws UnknownValue */
export function refOf({ kind, namespace, name }: KubernetesObject): ObjectRef {
    return namespace === "" ? { kind, name } : { kind, namespace, name };
}

/** What charts make. A gateway is told by its release alone, so that it is the same with and without its chart. */
function chartObjects({ releases, resources }: Subject): ReadonlyMap<KubernetesObject, string> {
    const gateways = new Set(
        resources
            .flatMap((resource) => objectsOf(resource, (one) => isSelected(one, HELM)))
            .filter((release) => readable(() => isGatewayChart(release)))
            .map((release) => readable(() => `${release.namespace}/${release.name}`)),
    );
    return new Map(
        releases
            .filter(({ namespace, name }) => !gateways.has(`${namespace}/${name}`))
            .flatMap(({ name, namespace, objects = [] }) =>
                objects
                    .flatMap((object) => objectsOf(registered(object, namespace)))
                    .map((object) => [object, name] as const),
            ),
    );
}

/** An object as a program would have registered it. */
function registered(object: DeclaredObject, namespace: string): RegisteredResource {
    const { apiVersion, kind, metadata } = object;
    const version = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
    return {
        type: `kubernetes:${version}:${kind}`,
        name: metadata.name,
        urn: `${kind} ${metadata.namespace ?? namespace}/${metadata.name}`,
        props: object,
        namespace,
    };
}

/** The pack's settings, as far as the control plane says them; else Istio's defaults. */
function settingsOf(plane: ControlPlane | undefined): Settings {
    if (plane === undefined) {
        return DEFAULT_SETTINGS;
    }
    const said = (read: () => Field | undefined): string => readable(() => read()?.text()) ?? "";
    const { rootNamespace, trustDomain, clusterDomain } = DEFAULT_SETTINGS;
    return {
        ...DEFAULT_SETTINGS,
        rootNamespace:
            said(() => plane.meshConfig("rootNamespace")) ||
            readable(() => plane.object.namespace) ||
            rootNamespace,
        trustDomain: said(() => plane.meshConfig("trustDomain")) || trustDomain,
        clusterDomain: said(() => plane.value("global", "proxy", "clusterDomain")) || clusterDomain,
    };
}
