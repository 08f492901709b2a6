import { stat } from "node:fs/promises";
import { z } from "zod";
import { EnvironmentError, printable } from "#errors.ts";
import { readIfPresent, writeIfChanged } from "#files.ts";
import { ownLocks } from "../cache.ts";
import { withLock } from "../lock.ts";
import { paths } from "./layout.ts";

const LOCK_NAME = "command";

const holderSchema = z.object({
    command: z.string(),
    checkout: z.string(),
    pid: z.int(),
    since: z.string(),
});
/** The process that changes the cluster at the moment. */
export type Holder = z.infer<typeof holderSchema>;

const ownerSchema = z.object({ checkout: z.string(), since: z.string() });
/** The checkout a cluster belongs to. */
export type Owner = z.infer<typeof ownerSchema>;

/**
 * Runs `work` as the only command that changes the cluster.
 *
 * @param name of the lock; commands with the same one keep each other out
 * @throws EnvironmentError saying who else does.
 */
export async function withClusterLock<T>(
    command: string,
    checkout: string,
    work: () => Promise<T>,
    name = LOCK_NAME,
): Promise<T> {
    const since = new Date().toISOString();
    const holder: Holder = { command, checkout, pid: process.pid, since };
    const refuse = (other: string): never => {
        throw new EnvironmentError(describeHolder(parse(holderSchema, other)));
    };
    return withLock({ folder: ownLocks(), name }, holder, refuse, work);
}

/** The sentence for a cluster that another command is changing. */
export function describeHolder(holder: Holder | undefined): string {
    if (holder === undefined) {
        return "Another mesh command is changing the local cluster; wait for it to end.";
    }
    const [command, checkout, since] = [holder.command, holder.checkout, holder.since].map((text) =>
        printable(text),
    );
    return `"mesh ${command}" of ${checkout} (process ${holder.pid}, since ${since}) is changing the local cluster; wait for it to end.`;
}

/** The checkout the present cluster belongs to; undefined when there is no cluster. */
export async function readOwner(): Promise<Owner | undefined> {
    return parse(ownerSchema, (await readIfPresent(paths.owner)) ?? "");
}

/**
 * Checks that the cluster, if there is one, belongs to this checkout. A cluster whose checkout was deleted belongs
 * to nobody.
 *
 * @throws EnvironmentError naming the checkout it belongs to.
 */
export async function checkOwner(checkout: string): Promise<void> {
    const owner = await readOwner();
    if (owner === undefined || owner.checkout === checkout) {
        return;
    }
    if ((await stat(owner.checkout).catch(() => undefined)) === undefined) {
        return;
    }
    throw new EnvironmentError(
        `The local cluster belongs to ${owner.checkout} (since ${owner.since}); ` +
            `run "npx mesh down" there, or "npx mesh down --force" here, first.`,
    );
}

/** Records that the cluster belongs to this checkout. */
export async function claimCluster(checkout: string): Promise<void> {
    const owner = await readOwner();
    if (owner?.checkout !== checkout) {
        const record: Owner = { checkout, since: new Date().toISOString() };
        await writeIfChanged(paths.owner, `${JSON.stringify(record)}\n`, 0o644);
    }
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
    try {
        const result = schema.safeParse(JSON.parse(text));
        return result.success ? result.data : undefined;
    } catch {
        return undefined;
    }
}
