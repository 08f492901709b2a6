import { DeployError } from "../types.ts";
import type { ResourceOutcome } from "../types.ts";
import type { Helm } from "./helm.ts";
import { readRelease } from "./helm-storage.ts";
import type { InventoryEntry } from "./inventory-entry.ts";
import { subjectKey } from "./inventory-entry.ts";
import type { Inventory } from "./inventory.ts";
import { messageOf } from "./json.ts";
import type { KubeClient } from "./kube-client.ts";
import { deleteObject } from "./remove-object.ts";
import { retry } from "./retry.ts";

const UNINSTALL_TIMEOUT = "300s";

export interface RemoveContext {
    readonly client: KubeClient;
    readonly inventory: Inventory;
    readonly helm: Helm;
    readonly signal: AbortSignal;
    readonly done: (outcome: ResourceOutcome, seconds: number) => void;
}

/**
 * Removes what entries of the inventory stand for, each after everything that was applied after it because of it, as
 * many at once as that allows. What is removed leaves the inventory at once.
 *
 * @throws DeployError naming everything that could not be removed; what it depends on is then left alone as well.
 */
export async function removeEntries(
    context: RemoveContext,
    entries: readonly InventoryEntry[],
): Promise<ResourceOutcome[]> {
    const protectedOnes = entries.filter((entry) => entry.protect === true);
    if (protectedOnes.length > 0) {
        const names = protectedOnes.map(({ name, type }) => `${name} (${type})`).join(", ");
        throw new DeployError(
            `protected and therefore not removed: ${names}; take "protect" away first`,
        );
    }
    const dependents = dependentsOf(entries);
    const removals = new Map<InventoryEntry, Promise<boolean>>();
    const outcomes: ResourceOutcome[] = [];
    const failures: string[] = [];

    const remove = async (entry: InventoryEntry): Promise<boolean> => {
        const before = await Promise.all((dependents.get(entry) ?? []).map(removal));
        if (before.includes(false)) return false;
        const { urn, type, name } = entry;
        const started = Date.now();
        try {
            context.signal.throwIfAborted();
            await removeSubject(context, entry);
            await context.inventory.drop(subjectKey(entry));
        } catch (error) {
            failures.push(`${name} (${type}): ${messageOf(error)}`);
            return false;
        }
        const outcome: ResourceOutcome = { urn, type, name, action: "deleted" };
        outcomes.push(outcome);
        context.done(outcome, (Date.now() - started) / 1000);
        return true;
    };
    const removal = (entry: InventoryEntry): Promise<boolean> => {
        const known = removals.get(entry);
        if (known !== undefined) return known;
        const fresh = remove(entry);
        removals.set(entry, fresh);
        return fresh;
    };

    await Promise.all(entries.map(removal));
    if (context.signal.aborted) {
        throw new DeployError(
            "interrupted; what is left is recorded, and the next run goes on from there",
        );
    }
    if (failures.length > 0) throw new DeployError(`could not remove ${failures.join("\n")}`);
    return outcomes;
}

/** For each entry those that must go before it. An edge that would close a circle is left out. */
export function dependentsOf(
    entries: readonly InventoryEntry[],
): ReadonlyMap<InventoryEntry, readonly InventoryEntry[]> {
    const dependents = new Map<InventoryEntry, InventoryEntry[]>();
    for (const entry of entries) {
        const found = entries.filter((other) => other !== entry && needs(other, entry));
        dependents.set(entry, found);
    }
    const state = new Map<InventoryEntry, "visiting" | "done">();
    const visit = (entry: InventoryEntry): void => {
        state.set(entry, "visiting");
        const open = (dependents.get(entry) ?? []).filter(
            (other) => state.get(other) !== "visiting",
        );
        dependents.set(entry, open);
        for (const other of open) if (state.get(other) === undefined) visit(other);
        state.set(entry, "done");
    };
    for (const entry of entries) if (state.get(entry) === undefined) visit(entry);
    return dependents;
}

/** Whether `entry` needs `other`: registered after it, lives in it as a namespace, or is of the kind it defines. */
function needs(entry: InventoryEntry, other: InventoryEntry): boolean {
    if (entry.dependencies.includes(other.urn)) return true;
    if (other.subject.is !== "object" || entry.subject.is === "random") return false;
    const { kind, name } = other.subject;
    if (kind === "Namespace") return entry.subject.namespace === name;
    if (kind !== "CustomResourceDefinition" || entry.subject.is !== "object") return false;
    return name.endsWith(`.${entry.subject.apiVersion.split("/")[0] ?? ""}`);
}

async function removeSubject(context: RemoveContext, entry: InventoryEntry): Promise<void> {
    const { subject } = entry;
    const { client, helm, signal } = context;
    if (entry.retainOnDelete === true || subject.is === "random") return;
    if (subject.is === "object") return deleteObject(context, subject, { wait: true });
    const { name, namespace } = subject;
    const stored = await retry(() => readRelease(client, namespace, name), { signal });
    if (stored === undefined) return;
    await helm.run(
        ["uninstall", name, "--namespace", namespace, "--wait", "--timeout", UNINSTALL_TIMEOUT],
        signal,
    );
}
