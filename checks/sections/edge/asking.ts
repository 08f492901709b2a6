import { exposedPaths, harmlessRequest, SCHEMES, throughGateway } from "#live/edge-requests.ts";
import type { EdgeRequest, Scheme } from "#live/edge-requests.ts";
import type { ProbeResult } from "#live/probes/probe.ts";
import { arrived, notRouted, refusedByMesh } from "#live/requests.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { publicHost } from "#model/mesh.ts";
import { OUTSIDER } from "#model/reserved-names.ts";
import { isExposed } from "#model/routing.ts";
import { baselineFrom } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { listed } from "../../calls.ts";
import type { Outcome } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";

/** A service that the gateway serves. */
export interface ServedService {
    readonly service: ServiceIntent;
    /** Its public host. */
    readonly host: string;
}

/** What the gateway serves. */
export function servedServices({ catalog, context }: DeclaredMesh): readonly ServedService[] {
    return catalog.services.flatMap((service) =>
        isExposed(service) && service.hostname !== undefined
            ? [{ service, host: publicHost(service.hostname, context) }]
            : [],
    );
}

/** Whether port 80 only redirects to HTTPS. */
export function redirectsHttp({ config }: DeclaredMesh): boolean {
    return baselineFrom(config).redirectHttp;
}

/** The scheme over which everything is served: http where it does, as it costs no handshake. */
export function servingScheme(mesh: DeclaredMesh): Scheme {
    return redirectsHttp(mesh) ? "https" : "http";
}

/** Asks the gateway as a client that has no part in the mesh. */
export function askGateway(live: LiveMesh, request: EdgeRequest): Promise<ProbeResult> {
    return live.ask(OUTSIDER, throughGateway(request, live.mesh.context));
}

/** Whether the gateway itself sends the client to HTTPS. */
export function isRedirect(result: ProbeResult): boolean {
    const { status, headers } = result;
    return status === 301 && !arrived(result) && String(headers?.location).startsWith("https://");
}

/** An answer of the gateway, or of what stands behind it, in one phrase. */
export function describeAtEdge(result: ProbeResult): string {
    if (result.status === undefined) {
        return `no answer (${result.error ?? "none came"})`;
    }
    if (refusedByMesh(result)) {
        return "403 from the proxy of a service, which it reached";
    }
    return `${result.status} from ${arrived(result) ? "a service" : "the gateway"}`;
}

/**
 * The control of everything that must not get in: the same client does get in where it may.
 *
 * @returns what was seen instead, or `undefined` where the way is open
 */
export async function closedWay(
    live: LiveMesh,
    { service, host }: ServedService,
    scheme: Scheme,
): Promise<string | undefined> {
    const { method, path } = harmlessRequest(service) ?? {
        method: "GET",
        path: exposedPaths(service)[0] ?? "/",
    };
    const probe = `control-${scheme}`;
    const result = await askGateway(live, { scheme, host, method, path, probe });
    // Refused by the service's own proxy is behind the gateway, too.
    const open =
        scheme === "http" && redirectsHttp(live.mesh)
            ? isRedirect(result)
            : arrived(result) || refusedByMesh(result);
    return open
        ? undefined
        : `the control failed: ${method} ${scheme}://${host}${path}, which must get through: ${describeAtEdge(result)}`;
}

export interface Barred {
    readonly served: ServedService;
    /** What no service may be asked for by GET over either scheme, nor by HEAD, which it would answer like GET. */
    readonly targets: readonly Pick<EdgeRequest, "host" | "path">[];
    readonly hint: string;
}

/** Judges requests that must end at the gateway with 404, or with the redirect that everybody gets. */
export async function barred(live: LiveMesh, { served, targets, hint }: Barred): Promise<Outcome> {
    // Port 80 says the same to every method where it only redirects.
    const asked = [
        ...SCHEMES.map((scheme) => ({ method: "GET", scheme })),
        { method: "HEAD", scheme: servingScheme(live.mesh) },
    ];
    const requests = asked.flatMap((by) =>
        // Of a name the gateway serves: the header alone must not lead past it.
        targets.map((target) => ({ ...target, ...by, servername: served.host })),
    );
    const [controls, results] = await Promise.all([
        Promise.all(SCHEMES.map((scheme) => closedWay(live, served, scheme))),
        Promise.all(requests.map((request) => askGateway(live, request))),
    ]);
    const expected = redirectsHttp(live.mesh)
        ? "404 from the gateway over https, the redirect or 404 over http"
        : "404 from the gateway";
    const wrong = requests.flatMap((request, index) => {
        const result = results[index];
        const ends =
            result !== undefined &&
            (notRouted(result) ||
                (request.scheme === "http" && redirectsHttp(live.mesh) && isRedirect(result)));
        return ends || result === undefined
            ? []
            : [
                  `${request.method} ${request.scheme}://${request.host}${request.path}: ${describeAtEdge(result)}`,
              ];
    });
    const control = controls.find((reason) => reason !== undefined);
    if (control !== undefined) {
        return failed(expected, control, "Open the declared way in first; see edge/http.");
    }
    return wrong.length === 0
        ? passed(`${requests.length} requests, each ended at the gateway`)
        : failed(expected, listed(wrong), hint);
}
