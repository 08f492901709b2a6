import type { Field, Finding } from "../../field.ts";
import { DESTINATION_RULE, GATEWAY_API_ROUTES, VIRTUAL_SERVICE } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import { eachEffective } from "../../traffic-policy.ts";
import type { Destination } from "../../traffic-policy.ts";

/** Greatest value of the fields; as good as none. */
const NO_LIMIT = 2 ** 31 - 1;

/** Measured: of the limits for HTTP this one alone always trips, for HTTP/1.1 as well. */
const LIMITS: Readonly<Record<Destination["protocol"], readonly [string, string]>> = {
    HTTP: ["http", "http2MaxRequests"],
    TCP: ["tcp", "maxConnections"],
};

function checkPool(pool: Field, protocol: Destination["protocol"]): Finding[] {
    if (!pool.exists) {
        return [pool.finding("no connection pool", "limits are required for a host with routes")];
    }
    const limit = pool.at(...LIMITS[protocol]);
    const given = limit.number() ?? 0;
    return given > 0 && given < NO_LIMIT
        ? []
        : [
              limit.finding(
                  given > 0 ? `${given} is no limit` : "no limit",
                  `a limit is required for a host with ${protocol} routes`,
              ),
          ];
}

/** A slow service stops its own callers only, not everything behind them. */
export const destinationRuleEnforceConnectionPool: StackRule = {
    name: "istio-destination-rule-enforce-connection-pool",
    severity: "high",
    level: "mandatory",
    description:
        "The DestinationRule of a host with routes limits its requests, or its connections for TCP. Otherwise Istio sets no limit at all: callers of a slow service wait without end, and run out of memory before they fail.",
    remediation: [
        "Set connectionPool.http.http2MaxRequests: maxConnections or http1MaxPendingRequests alone reject nothing.",
        "For TCP set connectionPool.tcp.maxConnections.",
        "Repeat it in portLevelSettings, which inherit nothing.",
        "Size it for all callers together, divided by the replicas: each server's proxy applies it too.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ConnectionPoolSettings",
    exemptible: "everywhere",
    selects: [DESTINATION_RULE, VIRTUAL_SERVICE, ...GATEWAY_API_ROUTES],
    checkStack: (stack, { settings }) =>
        eachEffective(stack, settings, "connectionPool", (pool, { protocol }) =>
            checkPool(pool, protocol),
        ),
};
