import assert from "node:assert/strict";
import { z } from "zod";
import type { Dashboard } from "#components/dashboards/model.ts";
import type { Prometheus, Sample } from "#live/prometheus.ts";
import { samplesIn } from "#live/prometheus.ts";

const valuesSchema = z.object({ data: z.array(z.string()) });

/** What Grafana fills in at four scrapes of 15 seconds. */
const RATE_INTERVAL = "1m";

/** A query of a panel, with the variables as they are on the cluster. */
export interface LiveQuery {
    /** Dashboard, panel and legend. */
    readonly where: string;
    readonly expr: string;
}

/** What a query returned. */
export interface Answer extends LiveQuery {
    readonly samples: readonly Sample[];
}

/** Every query of a dashboard. A variable stands for all of its choices, as one regular expression. */
export async function liveQueries(
    prometheus: Prometheus,
    { title, templating, panels }: Dashboard,
): Promise<readonly LiveQuery[]> {
    const values = new Map([["__rate_interval", RATE_INTERVAL]]);
    const filled = (text: string): string =>
        text.replaceAll(/\$(\w+)/g, (whole, name: string) => values.get(name) ?? whole);
    for (const { name, query } of templating.list) {
        if (typeof query !== "string") {
            const choices = await choicesOf(prometheus, filled(query.query));
            assert.notEqual(choices.length, 0, `${title}: there is no choice for ${name}`);
            values.set(name, `(${choices.join("|")})`);
        }
    }
    return panels.flatMap((panel) =>
        panel.targets.map(({ expr, legendFormat }) => ({
            where: `${title}: ${panel.title}: ${legendFormat}`,
            expr: filled(expr),
        })),
    );
}

/** The choices of a variable: `label_values(SELECTOR, LABEL)`, as Grafana asks for them. */
async function choicesOf(prometheus: Prometheus, query: string): Promise<readonly string[]> {
    const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    const path = `/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`;
    return valuesSchema.parse(JSON.parse(await prometheus.get(path))).data;
}

/** What a query returns now. */
export async function answered(prometheus: Prometheus, query: LiveQuery): Promise<Answer> {
    return { ...query, samples: samplesIn(await prometheus.query(query.expr)) };
}

/** Whether a query has nothing to say: no series, or only values that are no numbers. */
export function isEmpty({ samples }: Answer): boolean {
    return samples.every(({ value: [, value] }) => value === "NaN");
}
