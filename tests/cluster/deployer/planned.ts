import type { PlannedChange } from "#local/deployer/index.ts";
import type { Rendering } from "../../render/rendering.ts";

/** What a preview plans, one line a resource. */
export function planLines(planned: readonly PlannedChange[]): string[] {
    return planned.map(({ type, name, action }) => `${type} ${name} ${action}`).sort();
}

/** What a preview on an empty cluster must plan: exactly what the program registers. */
export function goldenPlan({ resources }: Rendering): string[] {
    return resources
        .filter(({ custom }) => custom)
        .map(({ type, name }) => `${type} ${name} created`)
        .sort();
}
