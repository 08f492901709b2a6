import { randomUUID } from "node:crypto";
import { isInbound } from "#live/access-logs.ts";
import { harmlessRequest } from "#live/edge-requests.ts";
import type { Scheme } from "#live/edge-requests.ts";
import { arrived } from "#live/requests.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { askGateway, describeAtEdge, isRedirect, redirectsHttp, servedServices } from "./asking.ts";
import type { ServedService } from "./asking.ts";

/** What is exposed is served over HTTP, or sent to HTTPS, and is served over HTTPS. */
export function arrivalChecks(mesh: DeclaredMesh): readonly Check[] {
    const redirect = redirectsHttp(mesh);
    return [
        {
            id: "edge/http",
            title: redirect
                ? "port 80 of the gateway only redirects to https"
                : "every exposed service is served over http",
            documentation: redirect
                ? "https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings"
                : "https://istio.io/latest/docs/tasks/traffic-management/ingress/ingress-control/",
            probes: "mesh",
            run: (live) => all(live, "http", redirect ? redirected : served),
        },
        {
            id: "edge/https",
            title: "every exposed service is served over https",
            documentation:
                "https://istio.io/latest/docs/tasks/traffic-management/ingress/secure-ingress/",
            probes: "mesh",
            run: (live) => all(live, "https", served),
        },
    ];
}

type Judge = (live: LiveMesh, target: ServedService, scheme: Scheme) => Promise<Outcome>;

async function all(live: LiveMesh, scheme: Scheme, judge: Judge): Promise<Outcome> {
    const targets = servedServices(live.mesh);
    const outcomes = await Promise.all(targets.map((target) => judge(live, target, scheme)));
    const bad =
        outcomes.find(({ status }) => status === "failed") ??
        outcomes.find(({ status }) => status === "skipped");
    if (bad !== undefined) {
        return bad;
    }
    return targets.length === 0
        ? skipped("No service may be called by the ingress gateway.")
        : passed(
              outcomes.flatMap((each) => (each.status === "passed" ? [each.seen] : [])).join("; "),
          );
}

async function served(
    live: LiveMesh,
    { service, host }: ServedService,
    scheme: Scheme,
): Promise<Outcome> {
    const request = harmlessRequest(service);
    if (request === undefined) {
        return skipped(
            `${service.name} exposes only methods that could change state; declare honoursProbeHeader where it ignores probes.`,
        );
    }
    const probe = randomUUID();
    const result = await askGateway(live, { scheme, host, ...request, probe });
    const name = `${request.method} ${scheme}://${host}${request.path}`;
    const expected = `${name} arrives at ${service.name}`;
    if (!arrived(result)) {
        return failed(
            expected,
            describeAtEdge(result),
            "Look at the Gateway's servers and at the VirtualService of the host, and at the policy that lets the gateway in.",
        );
    }
    const line = await live.logged(
        service.name,
        (candidate) => candidate.probe === probe && isInbound(candidate),
    );
    return line === undefined
        ? failed(
              expected,
              `${describeAtEdge(result)}, but no line in the access log of ${service.name}`,
              "Look where the VirtualService of the host sends it; see telemetry/access-log for whether the proxies log at all.",
          )
        : passed(`${name} arrived at ${service.name}`);
}

async function redirected(
    live: LiveMesh,
    { service, host }: ServedService,
    scheme: Scheme,
): Promise<Outcome> {
    const path = harmlessRequest(service)?.path ?? "/";
    const result = await askGateway(live, { scheme, host, path });
    const name = `GET ${scheme}://${host}${path}`;
    return isRedirect(result)
        ? passed(`${name} is sent to ${String(result.headers?.location)}`)
        : failed(
              `${name} gets 301 to https from the gateway`,
              describeAtEdge(result),
              "Set tls.httpsRedirect on the Gateway's server for port 80; in clear, anybody on the way reads the request.",
          );
}
