import {
    exposedPaths,
    foreignServerNames,
    metricsPaths,
    namesOf,
    undeclaredHosts,
    undeclaredMethods,
} from "#live/edge-requests.ts";
import { refusedByMesh } from "#live/requests.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { isExposed, metricsPath } from "#model/routing.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { listed } from "../../calls.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import {
    askGateway,
    barred,
    closedWay,
    describeAtEdge,
    servedServices,
    servingScheme,
} from "./asking.ts";
import type { ServedService } from "./asking.ts";

const NOTHING_SERVED = skipped(
    "No service may be called by the ingress gateway, so there is no way in to compare with.",
);

/** What is not exposed does not exist at the gateway. */
export function barrierChecks(mesh: DeclaredMesh): readonly Check[] {
    const served = servedServices(mesh);
    const [first] = served;
    return [
        {
            id: "edge/undeclared-host",
            title: "a host that nobody declared does not exist at the gateway",
            documentation:
                "https://istio.io/latest/docs/reference/config/networking/gateway/#Server",
            probes: "mesh",
            run: async (live) => (first === undefined ? NOTHING_SERVED : undeclared(live, first)),
        },
        ...mesh.catalog.services
            .filter((service) => !isExposed(service))
            .map((service) => internalCheck(service, first)),
        ...served.flatMap((target) => [metricsCheck(target), methodsCheck(target)]),
    ];
}

async function undeclared(live: LiveMesh, served: ServedService): Promise<Outcome> {
    const { host, service } = served;
    const path = exposedPaths(service)[0] ?? "/";
    const names = foreignServerNames(host);
    const [hosts, handshakes] = await Promise.all([
        barred(live, {
            served,
            targets: undeclaredHosts(host, live.mesh.context).map((name) => ({
                host: name,
                path,
            })),
            hint: "Look for a Gateway or a VirtualService with a wider host than the declared ones.",
        }),
        Promise.all(
            names.map((servername) =>
                askGateway(live, { scheme: "https", host, path, servername }),
            ),
        ),
    ]);
    const shaken = names.filter((_, index) => handshakes[index]?.error !== "ECONNRESET");
    if (hosts.status !== "passed" || shaken.length === 0) {
        return hosts.status === "passed"
            ? passed(`${hosts.seen}; no handshake for ${names.join(", ")}`)
            : hosts;
    }
    return failed(
        `no TLS handshake for ${names.join(", ")}`,
        listed(
            shaken.map((name) => {
                const result = handshakes[names.indexOf(name)];
                return `${name}: ${result?.tls === undefined ? (result?.error ?? "no answer") : `a handshake in ${result.tls.protocol}`}`;
            }),
        ),
        "Look for a Gateway whose server for port 443 has a wider host than the declared ones.",
    );
}

function internalCheck(service: ServiceIntent, served: ServedService | undefined): Check {
    return {
        id: `edge/internal/${service.name}`,
        title: `${service.name} cannot be reached through the gateway under any of its names`,
        documentation:
            "https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService",
        probes: "mesh",
        run: async (live) =>
            served === undefined
                ? NOTHING_SERVED
                : barred(live, {
                      served,
                      targets: namesOf(service, live.mesh.context).map((host) => ({
                          host,
                          path: service.routes[0].prefix,
                      })),
                      hint: `Look for a VirtualService that lists a Gateway and routes to ${service.name}; its own lists only "mesh".`,
                  }),
    };
}

function metricsCheck(served: ServedService): Check {
    const { service, host } = served;
    return {
        id: `edge/metrics/${service.name}`,
        title: `the metrics of ${service.name} cannot be read through the gateway`,
        documentation:
            "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPDirectResponse",
        probes: "mesh",
        run: (live) =>
            barred(live, {
                served,
                targets: metricsPaths(service).map((path) => ({ host, path })),
                hint: `The first route of the VirtualService ${service.name} must answer ${metricsPath(service)} with 404, and the mesh must normalize paths (DECODE_AND_MERGE_SLASHES).`,
            }),
    };
}

function methodsCheck(served: ServedService): Check {
    const { service, host } = served;
    return {
        id: `edge/methods/${service.name}`,
        title: `methods that are not declared are refused on the exposed paths of ${service.name}`,
        documentation:
            "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation",
        probes: "mesh",
        run: async (live) => {
            const scheme = servingScheme(live.mesh);
            const all = undeclaredMethods(service);
            const tried = all.filter(({ harmless }) => harmless);
            const left = [
                ...new Set(all.filter(({ harmless }) => !harmless).map(({ method }) => method)),
            ];
            const leftOut = `${left.join(", ")} could change state and ${service.name} does not honour the probe header`;
            if (tried.length === 0) {
                return skipped(
                    all.length === 0
                        ? "The gateway may use every method."
                        : `Nothing could be tried: ${leftOut}.`,
                );
            }
            const [control, ...results] = await Promise.all([
                closedWay(live, served, scheme),
                ...tried.map(({ method, path }) =>
                    askGateway(live, { scheme, host, method, path }),
                ),
            ]);
            const expected = "403 from the proxy of the service";
            if (control !== undefined) {
                return failed(expected, control, "Open the declared way in first; see edge/http.");
            }
            const wrong = tried.flatMap(({ method, path }, index) => {
                const result = results[index];
                return result === undefined || refusedByMesh(result)
                    ? []
                    : [`${method} ${host}${path}: ${describeAtEdge(result)}`];
            });
            return wrong.length === 0
                ? passed(
                      `${tried.length} requests refused` +
                          (left.length > 0 ? `; left out: ${leftOut}` : ""),
                  )
                : failed(
                      expected,
                      listed(wrong),
                      `Look at the methods of the AuthorizationPolicy that lets the gateway call ${service.name}.`,
                  );
        },
    };
}
