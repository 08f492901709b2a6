import { EnvironmentError } from "#errors.ts";
import { OVERWRITE } from "#local/deployer/home.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import type { Divergence } from "./live.ts";
import type { Release } from "./session.ts";

/**
 * Refuses to go on where the cluster has another release than the stack's file says: a step would be judged by, and
 * would write over, what somebody else decided.
 *
 * @throws EnvironmentError saying what there is, and what brings the declared one back
 */
export async function assertOwn(session: Release): Promise<void> {
    const found = await session.divergence();
    if (found !== undefined) {
        throw new EnvironmentError(refusal(session, found));
    }
}

/**
 * Makes the cluster what the stack's file says where a deployment did not come to its end.
 *
 * @throws EnvironmentError where anything else made the difference
 */
export async function goOnFromInterruption(session: Release): Promise<void> {
    const found = await session.divergence();
    if (found?.interrupted !== true) {
        return assertOwn(session);
    }
    const { service, state } = session;
    session.progress.line(
        `${service.name}: an earlier deployment was interrupted: ${found.differences.join("; ")}`,
    );
    await session.apply({ title: "the interrupted deployment goes on", state });
}

/** Says what is taken away where a canary is given up whatever the cluster has. */
export async function sayFound(session: Release): Promise<void> {
    const found = await session.divergence();
    if (found !== undefined) {
        session.progress.line(
            `${session.service.name}: the cluster has ${describe(found)}, which is given up as well`,
        );
    }
}

function refusal({ service, stack, state }: Release, found: Divergence): string {
    const abort =
        state.canary === undefined
            ? ""
            : `; "mesh canary abort ${service.name}" gives the canary up instead`;
    return (
        `The cluster's ${service.name} is not what the file of stack ${stack} says, so nothing is changed: ` +
        `${describe(found)}; ${deploymentOf(stack)} brings back what the file says, then try again${abort}.`
    );
}

/** The command that makes the cluster what a stack's file says, whoever changed it. */
export function deploymentOf(stack: string): string {
    return stack === LOCAL_STACK
        ? '"mesh up"'
        : `"${OVERWRITE}=true pulumi up --refresh --stack ${stack}"`;
}

function describe({ differences, writers }: Divergence): string {
    const who = writers.length === 0 ? "" : ` (written by ${writers.join(", ")})`;
    return `${differences.join("; ")}${who}`;
}
