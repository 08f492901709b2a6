import type { Report } from "#errors.ts";
import { chartFolderAtHand } from "#local/charts.ts";
import { toolAtHand } from "#local/tools-at-hand.ts";
import { KUBERNETES_VERSION } from "#local/versions.ts";
import type { Charts } from "#review/subject/program.ts";
import { DEFAULT_ISTIO_VERSION } from "#stack/chart-versions.ts";
import type { ChartPlaces } from "#stack/charts/places.ts";
import { ChartRenderer } from "#stack/charts/render.ts";
import { kubernetesLinesOf } from "#stack/istio-versions.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import { howToGet } from "#stack/tools/find.ts";

/** Where charts come from, as a command line says it. */
export interface ChartOptions extends Omit<ChartPlaces, "atHand"> {
    readonly signal: AbortSignal;
    /** Gets a line when Helm is built. */
    readonly report: Report;
}

/** What renders the charts of the stacks of this checkout; of each chart once, whichever stack asks first. */
export interface StackCharts {
    /** For a stack's program; `none` where there is no Helm. */
    readonly of: (stack: string) => Charts;
    /** Values of a stack that only this machine knows. */
    readonly replaced: (stack: string) => Readonly<Record<string, string>>;
    /** Why no chart is rendered, one sentence; undefined where charts are. */
    readonly none?: string;
}

/**
 * What renders charts on this machine.
 *
 * @throws EnvironmentError where `MESH_HELM` names nothing that can be run
 */
export async function stackCharts({
    signal,
    report,
    ...places
}: ChartOptions): Promise<StackCharts> {
    const [helm, atHand] = await Promise.all([toolAtHand("helm", report), chartFolderAtHand()]);
    const replaced = (stack: string): Readonly<Record<string, string>> =>
        stack === LOCAL_STACK && atHand !== undefined ? { "mesh:charts": atHand } : {};
    if (helm === undefined) {
        const none = "there is no helm";
        return { of: () => ({ none }), replaced, none: `There is no helm: ${howToGet("helm")}.` };
    }
    const renderer = new ChartRenderer({ path: helm, signal }, { ...places, atHand });
    return {
        of: (stack) => ({ renderer, kubernetesVersion: kubernetesVersionOf(stack) }),
        replaced,
    };
}

/** The local cluster's; elsewhere the newest that Istio is supported on. */
function kubernetesVersionOf(stack: string): string {
    const [, newest = KUBERNETES_VERSION] = kubernetesLinesOf(DEFAULT_ISTIO_VERSION) ?? [];
    return stack === LOCAL_STACK ? KUBERNETES_VERSION : `${newest}.0`;
}
