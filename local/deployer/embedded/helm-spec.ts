import { z } from "zod";

import { DeployError } from "../types.ts";

/** Pulumi's default for `timeout`. */
const DEFAULT_TIMEOUT_SECONDS = 300;

const asset = z.object({ asset: z.enum(["path", "text", "uri"]), value: z.string() });

const repository = z.strictObject({
    repo: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
    caFile: z.string().optional(),
    certFile: z.string().optional(),
    keyFile: z.string().optional(),
});

/** Inputs of Pulumi's `helm.v3.Release`; what is missing here is refused by name instead of being ignored. */
const releaseInputs = z.strictObject({
    chart: z.string().min(1),
    name: z.string().optional(),
    namespace: z.string().optional(),
    version: z.string().optional(),
    values: z.record(z.string(), z.json()).default({}),
    valueYamlFiles: z.array(asset).default([]),
    repositoryOpts: repository.default({}),
    // Null values reach the chart in any case, where they delete its defaults; the input is deprecated.
    allowNullValues: z.boolean().optional(),
    atomic: z.boolean().default(false),
    cleanupOnFail: z.boolean().default(false),
    createNamespace: z.boolean().default(false),
    dependencyUpdate: z.boolean().default(false),
    description: z.string().optional(),
    devel: z.boolean().default(false),
    disableCRDHooks: z.boolean().optional(),
    disableOpenapiValidation: z.boolean().default(false),
    disableWebhooks: z.boolean().default(false),
    forceUpdate: z.boolean().default(false),
    maxHistory: z.number().int().optional(),
    renderSubchartNotes: z.boolean().default(false),
    resetValues: z.boolean().default(false),
    reuseValues: z.boolean().default(false),
    skipAwait: z.boolean().default(false),
    skipCrds: z.boolean().default(false),
    timeout: z.number().int().nonnegative().default(DEFAULT_TIMEOUT_SECONDS),
    waitForJobs: z.boolean().default(false),
    // Made by earlier versions of the provider; not inputs to Helm.
    resourceNames: z.json().optional(),
    compat: z.string().optional(),
});

export type ReleaseInputs = z.infer<typeof releaseInputs>;

/** A release with its place in the cluster. */
export interface ReleaseSpec extends ReleaseInputs {
    readonly name: string;
    readonly namespace: string;
}

/** Reads a Release's inputs. @throws DeployError naming each input that is wrong or not supported. */
export function parseRelease(
    inputs: Readonly<Record<string, unknown>>,
    defaults: { readonly name: () => string; readonly namespace: string },
): ReleaseSpec {
    const parsed = releaseInputs.safeParse(inputs);
    if (!parsed.success) {
        const issues = parsed.error.issues.map((issue) =>
            issue.code === "unrecognized_keys"
                ? `${issue.keys.join(", ")}: not supported without the Pulumi CLI`
                : `${issue.path.join(".")}: ${issue.message}`,
        );
        throw new DeployError(issues.join("; "));
    }
    const timeout = parsed.data.timeout === 0 ? DEFAULT_TIMEOUT_SECONDS : parsed.data.timeout;
    return {
        ...parsed.data,
        timeout,
        name: parsed.data.name ?? defaults.name(),
        namespace: parsed.data.namespace ?? defaults.namespace,
    };
}

/** Where a chart is, as Helm is told. */
export interface ChartLocation {
    /** Folder, archive, `oci://` address or name in a repository. */
    readonly reference: string;
    /** Address of the repository that `reference` is a name in. */
    readonly repository?: string;
    readonly isLocal: boolean;
}

/** Arguments of `helm` that make the release what the spec says. Values and credentials are never among them. */
export function upgradeArguments(
    spec: ReleaseSpec,
    chart: ChartLocation,
    valueFiles: readonly string[],
): string[] {
    const flag = (name: string, on: boolean): string[] => (on ? [`--${name}`] : []);
    const option = (name: string, value: string | number | undefined): string[] =>
        value === undefined ? [] : [`--${name}`, String(value)];
    const { repositoryOpts } = spec;
    return [
        "upgrade",
        spec.name,
        chart.reference,
        "--install",
        ...option("namespace", spec.namespace),
        ...option("repo", chart.repository),
        // A folder is its own version; Helm would ignore the constraint.
        ...option("version", chart.isLocal ? undefined : spec.version),
        ...valueFiles.flatMap((file) => ["--values", file]),
        ...flag("wait", !spec.skipAwait),
        ...flag("wait-for-jobs", !spec.skipAwait && spec.waitForJobs),
        ...option("timeout", `${spec.timeout}s`),
        ...flag("atomic", spec.atomic),
        ...flag("cleanup-on-fail", spec.cleanupOnFail),
        ...flag("create-namespace", spec.createNamespace),
        ...flag("dependency-update", spec.dependencyUpdate),
        ...option("description", spec.description),
        ...flag("devel", spec.devel),
        ...flag("disable-openapi-validation", spec.disableOpenapiValidation),
        ...flag("no-hooks", spec.disableWebhooks),
        ...flag("force", spec.forceUpdate),
        ...option("history-max", spec.maxHistory),
        ...flag("render-subchart-notes", spec.renderSubchartNotes),
        ...flag("reset-values", spec.resetValues),
        ...flag("reuse-values", spec.reuseValues),
        ...flag("skip-crds", spec.skipCrds),
        ...option("ca-file", repositoryOpts.caFile),
        ...option("cert-file", repositoryOpts.certFile),
        ...option("key-file", repositoryOpts.keyFile),
    ];
}
