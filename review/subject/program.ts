import { isClusterScoped } from "#policy/kubernetes-object.ts";
import { chartName } from "#stack/charts/places.ts";
import type { ChartRenderer } from "#stack/charts/render.ts";
import { titleOf } from "#stack/charts/render.ts";
import type { DeclaredObject, DeclaredRelease } from "#stack/declared-objects.ts";
import { declaredObjects, isRelease } from "#stack/declared-objects.ts";
import type { RenderedResource } from "#stack/render/rendering.ts";
import { masked } from "#stack/render/values.ts";
import type { RenderedProgram } from "#stack/rendered-program.ts";
import { customKinds, groupOf, servedVersions } from "../custom-resources.ts";
import type { CustomKind } from "../custom-resources.ts";
import type { ChartRelease, Subject } from "../subject.ts";
import { renderedResources } from "./resources.ts";
import type { Reading } from "./resources.ts";

/** What renders the charts of a subject; or why none of them is, one sentence without its full stop. */
export type Charts =
    | { readonly renderer: ChartRenderer; readonly kubernetesVersion: string }
    | { readonly none: string };

/**
 * What a program would bring into a cluster, charts included.
 *
 * @param stack the stack that the program was rendered in
 * @param program rendered with its secrets, so that they can be judged; none is in the subject's objects
 */
export async function programSubject(
    stack: string,
    { project, resources }: RenderedProgram,
    charts: Charts,
    reading: Reading,
): Promise<Subject> {
    const shown = resources.map((resource) => ({ ...resource, inputs: masked(resource.inputs) }));
    const { objects } = declaredObjects(shown);
    return {
        name: `stack ${stack}`,
        resources: renderedResources(resources, `${stack}::${project}`, reading),
        objects,
        releases: await new Releases(shown, charts).rendered(),
    };
}

/** The releases of a program, each of which sees what is there before it. */
class Releases {
    readonly #resources: ReadonlyMap<string, RenderedResource>;
    readonly #charts: Charts;
    readonly #releases = new Map<string, Promise<ChartRelease>>();

    constructor(resources: readonly RenderedResource[], charts: Charts) {
        this.#resources = new Map(resources.map((resource) => [resource.name, resource]));
        this.#charts = charts;
    }

    rendered(): Promise<readonly ChartRelease[]> {
        const releases = [...this.#resources.values()].filter(isRelease);
        return Promise.all(releases.map((resource) => this.#release(resource)));
    }

    #release(resource: RenderedResource): Promise<ChartRelease> {
        const release = this.#releases.get(resource.name) ?? this.#render(resource);
        this.#releases.set(resource.name, release);
        return release;
    }

    async #render(resource: RenderedResource): Promise<ChartRelease> {
        const release = resource.inputs as DeclaredRelease;
        const { name, namespace, chart, version, values = {} } = release;
        const known = {
            name,
            namespace,
            chart: chartName(chart),
            ...(version !== undefined && { version }),
            values,
        };
        if ("none" in this.#charts) {
            return {
                ...known,
                missing: `${titleOf(release)} was not rendered: ${this.#charts.none}`,
            };
        }
        const { renderer, kubernetesVersion } = this.#charts;
        const before = await this.#objectsBefore(resource);
        const apiVersions = servedVersions(customKinds(before));
        const rendered = await renderer.render(release, { kubernetesVersion, apiVersions });
        if (!("objects" in rendered)) {
            return { ...known, ...rendered };
        }
        const kinds = customKinds([...before, ...rendered.objects]);
        const objects = rendered.objects.map((object) => placed(object, namespace, kinds));
        return { ...known, objects };
    }

    /** What the program and its charts make before a resource. */
    async #objectsBefore(resource: RenderedResource): Promise<readonly DeclaredObject[]> {
        const earlier = this.#before(resource, new Set());
        const { objects } = declaredObjects(earlier);
        const releases = await Promise.all(
            earlier.filter(isRelease).map((other) => this.#release(other)),
        );
        return [...objects, ...releases.flatMap(({ objects: made = [] }) => made)];
    }

    #before(resource: RenderedResource, seen: Set<string>): readonly RenderedResource[] {
        return resource.dependsOn.flatMap((name) => {
            const other = this.#resources.get(name);
            if (other === undefined || seen.has(name)) {
                return [];
            }
            seen.add(name);
            return [...this.#before(other, seen), other];
        });
    }
}

/** An object as Helm installs it: in the release's namespace where it names none and is in one. */
function placed(
    object: DeclaredObject,
    namespace: string,
    kinds: readonly CustomKind[],
): DeclaredObject {
    const { kind, metadata } = object;
    const group = groupOf(object);
    const custom = kinds.find((one) => one.group === group && one.kind === kind);
    const isInNone = isClusterScoped({ group, kind }) || custom?.scope === "Cluster";
    return metadata.namespace !== undefined || isInNone
        ? object
        : { ...object, metadata: { ...metadata, namespace } };
}
