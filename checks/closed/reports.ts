import type { EnvoyAccessLog, EnvoyNetworkFilter, Proxy } from "#live/proxies/envoy-types.ts";
import { isHttp } from "#live/proxies/envoy.ts";
import { ACCESS_LOG_FIELDS } from "#model/access-log.ts";
import { STATS_LOGGER, stockEnvoyMetricsSpec } from "#model/stock-envoy-metrics.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { openChains } from "./doors.ts";
import type { Statement } from "./statement.ts";

const TCP_PROXY = "envoy.filters.network.tcp_proxy";
const FILE_LOGGER = "envoy.access_loggers.file";
const OWN_STATISTICS: Statement = { text: "counts requests and connections as Istio does" };
const OWN_LOG: Statement = { text: "writes requests to its own log, in the mesh's format" };
const NO_LOG: Statement = { text: "writes nothing of its requests" };
const NO_SPANS: Statement = { text: "sends no spans" };

/** What every proxy tells, and whom. */
export function declaredReports({ config }: DeclaredMesh): Statement[] {
    const { collector } = addonEndpoints(config);
    return [
        OWN_LOG,
        ...(config.stockEnvoy ? [OWN_STATISTICS] : []),
        collector === undefined
            ? NO_SPANS
            : spansTo(`outbound|${collector.port}||${collector.host}`),
    ];
}

function spansTo(cluster: string): Statement {
    return { text: `sends spans to ${cluster}` };
}

/** What a proxy tells of its requests and connections, and whom. */
export function heldReports({ listeners, statsSinks }: Proxy): Statement[] {
    const filters = listeners
        .flatMap(openChains)
        .flatMap((chain) => chain.filters ?? [])
        .filter((filter) => isHttp(filter) || filter.name === TCP_PROXY);
    return [
        ...filters.flatMap(({ typed_config: config }) => logStatements(config?.access_log ?? [])),
        ...filters.filter(isHttp).map(spanStatement),
        ...statsSinks.map((name) => ({ text: `sends its statistics by ${name}` })),
    ];
}

function logStatements(loggers: readonly EnvoyAccessLog[]): readonly Statement[] {
    return loggers.length === 0 ? [NO_LOG] : loggers.map(logStatement);
}

function logStatement({ name, typed_config: config = {} }: EnvoyAccessLog): Statement {
    if (name === STATS_LOGGER && isDeclaredStatistics(config)) {
        return OWN_STATISTICS;
    }
    if (name !== FILE_LOGGER) {
        const to = clustersIn(config);
        return {
            text: `writes requests by ${name}${to.length > 0 ? ` to ${to.join(", ")}` : ""}`,
        };
    }
    const { path, log_format: format } = config;
    const fields = format?.json_format ?? {};
    const isOwn =
        path === "/dev/stdout" &&
        Object.keys(fields).length === Object.keys(ACCESS_LOG_FIELDS).length &&
        Object.entries(ACCESS_LOG_FIELDS).every(([field, operator]) => fields[field] === operator);
    return isOwn ? OWN_LOG : { text: `writes requests to ${path ?? "a file"}, in another format` };
}

function spanStatement({ typed_config: config }: EnvoyNetworkFilter): Statement {
    const provider = config?.tracing?.provider;
    return provider === undefined
        ? NO_SPANS
        : spansTo(clustersIn(provider.typed_config).join(", ") || (provider.name ?? "somebody"));
}

/** Each statistic that the program's EnvoyFilter makes, with its tags. */
const DECLARED_STATISTICS = new Set(statisticsIn(stockEnvoyMetricsSpec()));

/** Whether a logger keeps nothing in the proxy but what the program has it keep. */
function isDeclaredStatistics(config: unknown): boolean {
    return statisticsIn(config).every((statistic) => DECLARED_STATISTICS.has(statistic));
}

/** Name and tags of every statistic in a setting, as text. */
function statisticsIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([field, inner]) =>
        field === "stat" ? [statisticText(inner)] : statisticsIn(inner),
    );
}

function statisticText(statistic: unknown): string {
    const { name, tags = [] } = statistic as {
        readonly name: string;
        readonly tags?: readonly { readonly name: string; readonly value_format: string }[];
    };
    return JSON.stringify([name, tags.map((tag) => [tag.name, tag.value_format])]);
}

/** Every cluster that a setting names. */
function clustersIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([field, inner]) =>
        field === "cluster_name" && typeof inner === "string" ? [inner] : clustersIn(inner),
    );
}
