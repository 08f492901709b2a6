import { arrived, describeResult } from "#live/requests.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { make } from "../../calls.ts";
import type { Outcome } from "../../check.ts";
import { failed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { allowedRequests, harmless } from "../../matrix.ts";
import type { Origin } from "../../probe-pods.ts";

/**
 * Shows that a declared caller reaches a service, without which a refusal proves nothing: a service that is down
 * refuses everybody. The question is one of those that `authorization/allowed` asks, so it costs nothing.
 *
 * @param caller who must be the one that reaches it. Default: any declared caller.
 * @returns the outcome where nothing can be concluded from a refusal, or `undefined` where it can
 */
export async function control(
    live: LiveMesh,
    service: ServiceIntent,
    caller?: Origin,
): Promise<Outcome | undefined> {
    const callers = Object.entries(service.callers).filter(
        ([name]) => caller === undefined || name === caller,
    );
    for (const [name, permissions = []] of callers) {
        const [request] = harmless(allowedRequests(permissions), service).sent;
        if (request !== undefined) {
            const { what, result } = await make(live, { ...request, caller: name, service });
            return arrived(result)
                ? undefined
                : notShown(name, what, service, describeResult(result));
        }
    }
    return skipped(
        callers.length === 0
            ? `nobody may call ${service.name}, so nothing can show that it is there to refuse`
            : `no declared request to ${service.name} is known to change nothing: let it honour the probe header`,
    );
}

function notShown(caller: string, what: string, { name }: ServiceIntent, seen: string): Outcome {
    return failed(
        `control: ${what} from the declared caller ${caller} arrives at ${name}`,
        `control: ${seen}`,
        `Mend ${caller} to ${name} first: while nobody reaches it, a refusal proves nothing.`,
    );
}
