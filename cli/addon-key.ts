import type { MeshConfig } from "#stack/config.ts";

/** Which key of a stack gives it an addon, or says where somebody else's is; the end of a sentence. */
export function keyOf(
    addon: keyof MeshConfig["addons"],
    { addons }: Pick<MeshConfig, "addons">,
    stack: string,
): string {
    const file = `in Pulumi.${stack}.yaml`;
    return typeof addons[addon] === "object"
        ? `mesh:addons.${addon}.${addon === "jaeger" ? "query" : "address"} ${file} says where it is`
        : `mesh:addons.${addon} ${file} switches it on`;
}
