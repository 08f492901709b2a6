import pLimit from "p-limit";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { identityOf } from "#model/authorization.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { CONTROL, OUTSIDER, STRANGER } from "#model/reserved-names.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** Port on which {@link CONTROL} serves. */
export const CONTROL_PORT = 8099;

/** Where a probe comes from: a workload of the catalogue, the ingress gateway's identity, or one of the above. */
export type Origin = string;

/** Origins whose pods every check may ask from at any time, so they stay until the session ends. */
const STANDING = [STRANGER, OUTSIDER, CONTROL, INGRESS_GATEWAY] as const;
export type StandingOrigin = (typeof STANDING)[number];

/** How many callers have a pod at the same time, beside the standing ones. */
export const CALLERS_AT_A_TIME = 8;

/** A caller's pod, and how many ask from it now. */
interface CallerPod {
    readonly pod: Promise<ProbePod>;
    uses: number;
}

/**
 * The probe pods of one session, each started when it is first needed and reused from then on. Callers have
 * {@link CALLERS_AT_A_TIME} at most: the one that was idle for the longest time makes room for the next.
 */
export class ProbePods {
    readonly #standing = new Map<StandingOrigin, Promise<ProbePod>>();
    /** The one that was used last stands last. */
    readonly #callers = new Map<Origin, CallerPod>();
    readonly #turns = pLimit(CALLERS_AT_A_TIME);
    readonly #session: Pick<ProbeSession, "start" | "startAs" | "stop">;
    readonly #mesh: Pick<DeclaredMesh, "context">;

    constructor(
        session: Pick<ProbeSession, "start" | "startAs" | "stop">,
        mesh: Pick<DeclaredMesh, "context">,
    ) {
        this.#session = session;
        this.#mesh = mesh;
    }

    /** The pod of an origin that stays, ready. */
    standing(origin: StandingOrigin): Promise<ProbePod> {
        const known = this.#standing.get(origin);
        if (known !== undefined) {
            return known;
        }
        const started = this.#start(origin);
        this.#standing.set(origin, started);
        // What did not start now may do so in a later round.
        started.catch(() => this.#standing.delete(origin));
        return started;
    }

    /** Does something with the pod of an origin, which is ready and stays until that has ended. */
    async use<T>(origin: Origin, work: (pod: ProbePod) => Promise<T>): Promise<T> {
        return isStanding(origin)
            ? work(await this.standing(origin))
            : this.#turns(() => this.#useCaller(origin, work));
    }

    async #useCaller<T>(origin: Origin, work: (pod: ProbePod) => Promise<T>): Promise<T> {
        const caller = this.#caller(origin);
        caller.uses += 1;
        try {
            return await work(await caller.pod);
        } finally {
            caller.uses -= 1;
        }
    }

    #caller(origin: Origin): CallerPod {
        const caller = this.#callers.get(origin) ?? { pod: this.#startInRoom(origin), uses: 0 };
        this.#callers.delete(origin);
        this.#callers.set(origin, caller);
        caller.pod.catch(() => {
            if (this.#callers.get(origin) === caller) {
                this.#callers.delete(origin);
            }
        });
        return caller;
    }

    async #startInRoom(origin: Origin): Promise<ProbePod> {
        if (this.#callers.size >= CALLERS_AT_A_TIME) {
            // There is one: whoever uses a pod has a turn, and this is one of the turns.
            const [idle] = [...this.#callers].filter(([, { uses }]) => uses === 0);
            if (idle !== undefined) {
                const [name, { pod }] = idle;
                this.#callers.delete(name);
                await this.#session.stop(await pod);
            }
        }
        return this.#start(origin);
    }

    #start(origin: Origin): Promise<ProbePod> {
        const { context } = this.#mesh;
        const outside = { namespace: context.controlPlaneNamespace, name: origin };
        switch (origin) {
            case OUTSIDER:
                return this.#session.start(outside);
            case CONTROL:
                return this.#session.start({ ...outside, serve: CONTROL_PORT });
            case STRANGER:
                return this.#session.start({ namespace: context.namespace, name: origin });
            case INGRESS_GATEWAY:
                // Its namespace injects nobody who does not ask for it.
                return this.#session.startAs(identityOf(origin, context), { inject: true });
            default:
                return this.#session.startAs(identityOf(origin, context));
        }
    }
}

function isStanding(origin: Origin): origin is StandingOrigin {
    return STANDING.some((one) => one === origin);
}
