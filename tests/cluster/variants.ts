import type { ServiceName } from "#demo/names.ts";
import { importNodeImages } from "#local/cluster.ts";
import { buildImage, referenceOf } from "#local/images/build.ts";
import { service } from "#local/images/services.ts";

/** How another image of a demo service behaves, by its tag: the fault of its replicas, or none. */
const VARIANTS = {
    next: undefined,
    failing: "status=503",
    slow: "delay=400ms",
} as const satisfies Readonly<Record<string, string | undefined>>;
export type Variant = keyof typeof VARIANTS;

/**
 * Gives the node images of a demo service that differ from its own only in their tag and in what they do wrong.
 *
 * @returns their references
 */
export async function importVariants(
    name: ServiceName,
): Promise<Readonly<Record<Variant, string>>> {
    const recipe = await service(name);
    const references: Partial<Record<Variant, string>> = {};
    for (const tag of ["next", "failing", "slow"] as const) {
        const fault = VARIANTS[tag];
        const env = fault === undefined ? [] : [`DEMO_FAULT=${fault}`];
        const variant = {
            ...recipe,
            tag,
            run: { ...recipe.run, Env: [...(recipe.run.Env ?? []), ...env] },
        };
        const reference = referenceOf(variant);
        const path = await buildImage(variant, () => undefined);
        await importNodeImages([{ reference, path }]);
        references[tag] = reference;
    }
    return references as Readonly<Record<Variant, string>>;
}
