import type { Catalog, ServiceIntent } from "#model/intents.ts";

/** The services that a request to one can lead to, itself first. */
export function reachableFrom(entry: ServiceIntent, { services }: Catalog): string[] {
    const reached = [entry.name];
    // Grows while it is walked.
    for (const caller of reached) {
        for (const { name, callers } of services) {
            if (caller in callers && !reached.includes(name)) {
                reached.push(name);
            }
        }
    }
    return reached;
}
