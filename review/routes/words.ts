import type { KubernetesObject } from "#policy/field.ts";
import { SERVICE } from "#policy/kinds.ts";
import { serviceNameOf } from "#policy/references.ts";
import { readable, refOf } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import type { DeclaredPlace, ObjectRef } from "../change.ts";
import type { Target } from "./answer.ts";

/** A length of time as people write it: `900 ms`, `15 s`, `5 min`. */
export function timeWritten(length: number): string {
    return length % 60_000 === 0 && length >= 120_000
        ? `${length / 60_000} min`
        : length % 1000 === 0 || length > 10_000
          ? `${rounded(length / 1000)} s`
          : `${rounded(length)} ms`;
}

function rounded(value: number): string {
    return String(Math.round(value * 100) / 100);
}

/** A share as people write it: `10 %`. */
export function shareWritten(percent: number): string {
    return `${String(Math.round(percent * 10_000) / 10_000)} %`;
}

/** The Services of a mesh by their short names. */
function namesakes({ stack }: MeshView): ReadonlyMap<string, number> {
    return stack.once(namesakes, () => {
        const counts = new Map<string, number>();
        for (const service of stack.of(SERVICE)) {
            const name = readable(() => service.name) ?? "";
            counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        return counts;
    });
}

/** A host as people call it: a Service of the cluster by its name, with its namespace where there are several. */
export function hostWritten(host: string, view: MeshView): string {
    const service = serviceNameOf(host, view.settings);
    if (service === undefined) {
        return host;
    }
    const { name, namespace } = service;
    return (namesakes(view).get(name) ?? 0) > 1 ? `${name}.${namespace}` : name;
}

/** Where requests for a host go: to a version of it, or to something else. */
export function targetWritten(target: Target, host: string, view: MeshView): string {
    const name = hostWritten(target.host, view);
    return target.host === host
        ? (target.subset ?? name)
        : target.subset === undefined
          ? name
          : `${target.subset} of ${name}`;
}

/** The place in the declaration of the workload that a host's Service is named after. */
export function declaredBy(
    host: string,
    { settings }: MeshView,
    path: DeclaredPlace["path"],
): { readonly declared?: DeclaredPlace } {
    const service = serviceNameOf(host, settings);
    return service === undefined ? {} : { declared: { workload: service.name, path } };
}

/** Objects by their names, each once; those without a name that can be read are left out. */
export function refsOf(objects: Iterable<KubernetesObject>): readonly ObjectRef[] {
    return [...new Set(objects)].flatMap((object) => readable(() => refOf(object)) ?? []);
}
