import { Inventory } from "../../local/deployer/embedded/inventory.ts";
import { mergeConfig } from "../../local/deployer/embedded/config.ts";
import { hashOf } from "../../local/deployer/embedded/json.ts";
import { KubeClient } from "../../local/deployer/embedded/kube-client.ts";
import { kubeconfigTransport } from "../../local/deployer/embedded/kube-transport.ts";
import { defaultProgram, readProject, readStackConfig } from "../../local/deployer/project.ts";
import { formatOutcome } from "../../local/deployer/summary.ts";
import type { PlannedChange } from "../../local/deployer/types.ts";
import { EnvironmentError } from "../../local/errors.ts";
import { run } from "../render/run.ts";
import type { RenderedResource } from "../render/types.ts";

/** What was applied last of one resource. */
export interface AppliedResource {
    readonly type: string;
    readonly name: string;
    /** Of its inputs. */
    readonly hash: string;
}

/** A chart's record also covers what the chart holds, which only its rendering tells. */
const RELEASE = "kubernetes:helm.sh/v3:Release";

/** What a program registers against what was applied last, as `pulumi preview` compares them; charts are left out. */
export function plannedChanges(
    registered: readonly RenderedResource[],
    applied: readonly AppliedResource[],
): readonly PlannedChange[] {
    const key = ({ type, name }: { readonly type: string; readonly name: string }): string =>
        `${type} ${name}`;
    const last = new Map(applied.map((each) => [key(each), each.hash]));
    const next = registered.filter(({ custom }) => custom);
    const kept = new Set(next.map(key));
    return [
        ...next.flatMap(({ type, name, inputs }): PlannedChange[] => {
            const before = last.get(key({ type, name }));
            if (before === undefined) {
                return [{ type, name, action: "created" }];
            }
            return type === RELEASE || before === hashOf(inputs)
                ? []
                : [{ type, name, action: "changed" }];
        }),
        ...applied
            .filter((each) => !kept.has(key(each)))
            .map(({ type, name }): PlannedChange => ({ type, name, action: "deleted" })),
    ];
}

/** A preview for the deployer that needs no CLI, from the record that it keeps in the cluster. */
export async function previewEmbedded(options: {
    readonly stack: string;
    readonly kubeconfig: string;
    readonly config: Readonly<Record<string, string>>;
}): Promise<readonly PlannedChange[]> {
    const { stack, kubeconfig } = options;
    const project = await readProject(defaultProgram());
    const given = { ...(await readStackConfig(project, stack)), ...options.config };
    const client = new KubeClient(kubeconfigTransport(kubeconfig));
    const [{ resources, errors }, inventory] = await Promise.all([
        run({
            program: "index.ts",
            stack,
            config: mergeConfig(project, stack, given),
            preview: true,
        }),
        Inventory.load(client, project.name, stack),
    ]);
    if (errors.length > 0) {
        throw new EnvironmentError(`The program fails in stack ${stack}: ${errors.join("\n")}`);
    }
    return plannedChanges(resources, inventory.entries);
}

/** A preview as lines: what would be touched, or that nothing would. */
export function previewLines(changes: readonly PlannedChange[]): readonly string[] {
    return changes.length === 0
        ? ["nothing changes"]
        : changes.map(({ type, name, action }) =>
              // What will be is told by its sign alone.
              formatOutcome({ urn: "", type, name, action }).replace(/ \w+$/, ""),
          );
}
