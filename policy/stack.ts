import type { KubernetesObject } from "./field.ts";
import { isSelected } from "./kubernetes-object.ts";
import type { Selector } from "./kubernetes-object.ts";

/** The objects of a stack. */
export class Stack {
    readonly objects: readonly KubernetesObject[];

    constructor(objects: readonly KubernetesObject[]) {
        this.objects = objects;
    }

    /** The objects of these kinds. */
    of(...selectors: readonly Selector[]): readonly KubernetesObject[] {
        return this.objects.filter((object) => isSelected(object, selectors));
    }
}
