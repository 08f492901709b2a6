import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { V1ConfigMap } from "@kubernetes/client-node";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { alertGroups } from "#components/addons/alerts.ts";
import type { AlertRule } from "#components/addons/alerts.ts";
import { prometheusValues } from "#components/addons/prometheus-values.ts";
import { inPrivateFolder } from "#files.ts";
import { ensureTool } from "#local/toolchain.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { DEV } from "../unit/components/settings.ts";
import { ALERT_CASES } from "./alert-cases.ts";
import type { AlertCase, Raised } from "./alert-cases.ts";
import { CHECKOUT } from "./support.ts";

const SIZES = ["large", "small"] as const;
type Size = (typeof SIZES)[number];

function rulesOf(size: Size): readonly AlertRule[] {
    return alertGroups({ size }).flatMap(({ rules }) => rules);
}

/** What promtool must find raised at a time. */
function expected(alert: string, size: Size, raised: Raised | undefined): readonly object[] {
    const rule = rulesOf(size).find((each) => each.alert === alert);
    assert.ok(rule, `there is no alert ${alert}`);
    return raised === undefined
        ? []
        : [
              {
                  exp_labels: { severity: raised.severity, ...raised.labels },
                  exp_annotations: {
                      summary: raised.summary,
                      description: rule.annotations.description,
                  },
              },
          ];
}

/** A rule file, and the cases of its alerts as a file of `promtool test rules`. A group alone is evaluated soonest. */
interface RuleFile {
    readonly name: string;
    readonly rules: object;
    readonly tests: object;
}

function ruleFiles(): readonly RuleFile[] {
    return SIZES.flatMap((size) =>
        alertGroups({ size }).map((group) => {
            const name = `${size}-${group.name}`;
            const cases = ALERT_CASES.filter(
                (each) =>
                    (each.size ?? "large") === size &&
                    group.rules.some(({ alert }) => alert === each.alert),
            );
            return {
                name,
                rules: { groups: [group] },
                tests: {
                    rule_files: [`${name}.yml`],
                    evaluation_interval: "15s",
                    tests: cases.map((each) => testOf(each, size)),
                },
            };
        }),
    );
}

function testOf({ alert, what, series, at }: AlertCase, size: Size): object {
    return {
        name: `${alert}: ${what}`,
        interval: "15s",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: Object.entries(at).map(([time, raised]) => ({
            eval_time: time,
            alertname: alert,
            exp_alerts: expected(alert, size, raised),
        })),
    };
}

async function promtool(folder: string, ...args: readonly string[]): Promise<void> {
    const { exitCode, all } = await execa(await ensureTool("promtool"), args, {
        cwd: folder,
        reject: false,
        all: true,
    });
    assert.equal(exitCode, 0, `promtool ${args.join(" ")}:\n${all}`);
}

/** The files that the chart of the local cluster gives Prometheus. */
async function writeConfiguration(folder: string): Promise<void> {
    const values = join(folder, "values.json");
    await writeFile(values, JSON.stringify(prometheusValues(platformSettings(DEV))));
    const { stdout } = await execa(await ensureTool("helm"), [
        ...["template", "prometheus", join(CHECKOUT, "local/charts/prometheus")],
        ...["--values", values],
    ]);
    const objects = parseAllDocuments(stdout).map(
        (document) => document.toJS() as Partial<V1ConfigMap>,
    );
    const data = objects.find(({ kind }) => kind === "ConfigMap")?.data ?? {};
    assert.deepEqual(Object.keys(data).sort(), ["alerting_rules.yml", "prometheus.yml"]);
    for (const [name, text] of Object.entries(data)) {
        await writeFile(join(folder, name), text);
    }
}

describe("alerts, by promtool", () => {
    it("are raised for what they name, and not for what is near it", async () => {
        await inPrivateFolder(async (folder) => {
            const files = ruleFiles();
            for (const { name, rules, tests } of files) {
                await writeFile(join(folder, `${name}.yml`), JSON.stringify(rules));
                await writeFile(join(folder, `${name}-test.yml`), JSON.stringify(tests));
            }
            const names = files.map(({ name }) => name);
            await promtool(
                folder,
                "check",
                "rules",
                "--lint=all",
                "--lint-fatal",
                ...names.map((name) => `${name}.yml`),
            );
            await promtool(folder, "test", "rules", ...names.map((name) => `${name}-test.yml`));
        });
    });

    it("each have a case that raises it, and one that does not", () => {
        for (const { alert } of rulesOf("large")) {
            const cases = ALERT_CASES.filter((each) => each.alert === alert);
            const never = cases.filter(({ at }) =>
                Object.values(at).every((raised) => raised === undefined),
            );
            assert.ok(never.length > 0, `${alert} has no case in which nothing may be raised`);
            assert.ok(cases.length > never.length, `${alert} has no case that raises it`);
        }
    });

    it("are in the configuration that the local cluster's chart gives Prometheus", async () => {
        await inPrivateFolder(async (folder) => {
            await writeConfiguration(folder);
            await promtool(folder, "check", "config", "prometheus.yml");
        });
    });
});
