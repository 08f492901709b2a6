import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { identityOf } from "#model/authorization.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** A pod in the mesh whose identity no catalogue names. */
export const STRANGER = "stranger";
/** A pod without a sidecar. */
export const OUTSIDER = "outsider";
/** A pod without a sidecar that answers every HTTP request with 200, to show that an outsider does reach somebody. */
export const CONTROL = "control";
/** Port on which {@link CONTROL} serves. */
export const CONTROL_PORT = 8099;

/** Where a probe comes from: a workload of the catalogue, the ingress gateway's identity, or one of the above. */
export type Origin = string;

/** The probe pods of one session, each started when it is first needed and reused from then on. */
export class ProbePods {
    readonly #pods = new Map<Origin, Promise<ProbePod>>();
    readonly #session: ProbeSession;
    readonly #mesh: DeclaredMesh;

    constructor(session: ProbeSession, mesh: DeclaredMesh) {
        this.#session = session;
        this.#mesh = mesh;
    }

    /** The pod of an origin, ready. */
    pod(origin: Origin): Promise<ProbePod> {
        const known = this.#pods.get(origin);
        if (known !== undefined) {
            return known;
        }
        const started = this.#start(origin);
        this.#pods.set(origin, started);
        // What did not start now may do so in a later round.
        started.catch(() => this.#pods.delete(origin));
        return started;
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
