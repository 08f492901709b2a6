import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartFolder } from "#local/charts.ts";
import { ADDON_CHARTS, DEFAULT_ISTIO_VERSION } from "#stack/chart-versions.ts";

/** What the stacks of real clusters get from elsewhere than package registries. */
export interface StandIns {
    /** Folder with every chart by its name: Istio's own as the default version, and one object each for the addons'. */
    readonly charts: string;
    remove(): Promise<void>;
}

/** Makes them in a folder of their own. */
export async function makeStandIns(): Promise<StandIns> {
    const directory = await mkdtemp(join(tmpdir(), "a4co-mesh-stand-ins-"));
    const charts = join(directory, "charts");
    await cp(await chartFolder(), charts, { recursive: true });
    for (const name of ["base", "istiod", "gateway"]) {
        const file = join(charts, name, "Chart.yaml");
        const text = await readFile(file, "utf8");
        await writeFile(file, text.replace(/^version: .*$/m, `version: ${DEFAULT_ISTIO_VERSION}`));
    }
    for (const { chart, version } of Object.values(ADDON_CHARTS)) {
        await writeChart(join(charts, chart), chart, version);
    }
    return { charts, remove: () => rm(directory, { recursive: true }) };
}

/** A chart whose only object holds its values. */
async function writeChart(directory: string, name: string, version: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(join(directory, "templates"), { recursive: true });
    await writeFile(
        join(directory, "Chart.yaml"),
        `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    );
    await writeFile(
        join(directory, "templates/values.yaml"),
        [
            "apiVersion: v1",
            "kind: ConfigMap",
            "metadata:",
            "  name: {{ .Release.Name }}-values",
            "data:",
            "  values: {{ toJson .Values | quote }}",
            "",
        ].join("\n"),
    );
}
