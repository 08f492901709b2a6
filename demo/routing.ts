import type { JsonObject } from "./input.ts";

/** One request, as the code that answers it sees it. */
export interface Call {
    readonly body: JsonObject;
    /** Headers that calls made for this request carry on. */
    readonly passedOn: Readonly<Record<string, string>>;
    readonly idempotencyKey: string | undefined;
    /** The client certificate a proxy verified, null where none told of one. */
    readonly callerCertificate: string | null;
}

export interface Answer {
    readonly status: number;
    /** An object is sent as JSON, a text as it is. */
    readonly body: JsonObject | string;
    readonly headers?: Readonly<Record<string, string>>;
}

type Handler = (call: Call) => Answer | Promise<Answer>;

interface ReadRoute {
    readonly method: "GET";
    readonly path: string;
    readonly handle: Handler;
    /** Serves whoever runs the service, such as its health: faults spare it. Default false. */
    readonly operational?: boolean;
}

interface ChangeRoute {
    readonly method: "POST" | "PUT";
    readonly path: string;
    readonly operational?: false;
    readonly handle: Handler;
    /**
     * Checks the request as `handle` would, passes it on to the next service and changes nothing. What it
     * returns is added to the answer `{ "probe": true }`.
     */
    readonly probe: (call: Call) => JsonObject | Promise<JsonObject>;
}

/** A path with one method; a path may be declared once a method. HEAD is answered like GET. */
export type Route = ReadRoute | ChangeRoute;

/** Runs the route's own work, or what it does for a probe. */
export async function run(route: Route, call: Call, probe: boolean): Promise<Answer> {
    if (!probe || route.method === "GET") {
        return await route.handle(call);
    }
    const found = await route.probe(call);
    return {
        status: 200,
        body: { probe: true, callerCertificate: call.callerCertificate, ...found },
    };
}
