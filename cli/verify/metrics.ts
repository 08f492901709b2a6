import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, Gauge, Registry } from "prom-client";
import type { Check } from "#checks/check.ts";
import { SECTION_NAMES } from "#checks/check.ts";
import { sectionOf } from "#checks/filter.ts";
import type { Round } from "#checks/watch.ts";
import { EnvironmentError } from "#errors.ts";
import { reasonOf } from "#live/kubernetes/errors.ts";

/** Series of single checks are given for so many that do not hold; how many there are is counted in full. */
const NAMED_CHECKS = 50;
const STATUSES = ["passed", "accepted", "failed", "skipped", "not_asked"] as const;
const RESULTS = ["held", "broken", "unasked"] as const;

/** What a watch is of; the labels of `mesh_verify_info`. */
export interface WatchInfo {
    /** Of this checkout. */
    readonly version: string;
    readonly stack: string;
    readonly namespace: string;
}

/** What a watch tells Prometheus. Its labels have as many values as there are sections, and {@link NAMED_CHECKS}. */
export class WatchMetrics {
    readonly registry = new Registry();
    readonly #checks = this.#gauge("checks", "Checks of the last round.", ["section", "status"]);
    readonly #broken = this.#gauge(
        "broken_check",
        `1 for each check that did not hold in the last round, ${NAMED_CHECKS} at most.`,
        ["check"],
    );
    readonly #begun = this.#gauge("last_round_timestamp_seconds", "When the last round began.");
    readonly #held = this.#gauge(
        "last_held_timestamp_seconds",
        "When the last round began in which everything held; 0 before there was one.",
    );
    readonly #duration = this.#gauge("last_round_duration_seconds", "How long the last one took.");
    readonly #rounds = new Counter({
        name: "mesh_verify_rounds_total",
        help: "Rounds: all held, something was broken, or nothing could be asked.",
        labelNames: ["result"],
        registers: [this.registry],
    });

    constructor(info: WatchInfo) {
        const labels = { ...info };
        this.#gauge("info", "What is watched.", Object.keys(labels)).set(labels, 1);
        RESULTS.forEach((result) => {
            this.#rounds.inc({ result }, 0);
        });
    }

    /** Takes a round into account. */
    observe({ begun, milliseconds, holds, seen }: Round): void {
        this.#checks.reset();
        this.#broken.reset();
        this.#begun.set(begun.getTime() / 1000);
        this.#duration.set(milliseconds / 1000);
        if (holds) {
            this.#held.set(begun.getTime() / 1000);
        }
        if (!("results" in seen)) {
            this.#rounds.inc({ result: "unasked" });
            return;
        }
        this.#rounds.inc({ result: holds ? "held" : "broken" });
        for (const section of SECTION_NAMES) {
            STATUSES.forEach((status) => {
                this.#checks.set({ section, status }, 0);
            });
        }
        const count = (check: Check, status: (typeof STATUSES)[number]): void => {
            this.#checks.inc({ section: sectionOf(check), status });
        };
        seen.results.forEach(({ check, outcome }) => {
            count(check, outcome.status);
        });
        seen.leftOut?.checks.forEach((check) => {
            count(check, "not_asked");
        });
        seen.results
            .filter(({ outcome }) => outcome.status === "failed")
            .slice(0, NAMED_CHECKS)
            .forEach(({ check }) => {
                this.#broken.set({ check: check.id }, 1);
            });
    }

    #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
        return new Gauge({
            name: `mesh_verify_${name}`,
            help,
            labelNames,
            registers: [this.registry],
        });
    }
}

/** Where something listens. */
export interface ListenAddress {
    readonly host: string;
    /** 0 for any that is free. */
    readonly port: number;
}

/** A server of metrics. */
export interface MetricsServer {
    readonly url: string;
    close(): void;
}

/**
 * Serves metrics to whoever asks for `/metrics`.
 *
 * @throws EnvironmentError where the address cannot be had
 */
export async function serveMetrics(
    registry: Registry,
    { host, port }: ListenAddress,
): Promise<MetricsServer> {
    const server = createServer((request, response) => {
        if (request.url !== "/metrics" || request.method !== "GET") {
            response.writeHead(404).end();
            return;
        }
        void registry.metrics().then((text) => {
            response.writeHead(200, { "content-type": registry.contentType }).end(text);
        });
    });
    try {
        server.listen(port, host);
        await once(server, "listening");
    } catch (error) {
        throw new EnvironmentError(
            `--metrics-address: ${host}:${port} cannot be listened on: ${reasonOf(error)}`,
        );
    }
    const { address, family, port: taken } = server.address() as AddressInfo;
    return {
        url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}/metrics`,
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}
