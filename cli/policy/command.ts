import { EnvironmentError } from "#errors.ts";
import { checkResources } from "#policy/check.ts";
import { identify } from "#policy/kubernetes-object.ts";
import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import { rules } from "#policy/rules/index.ts";
import { packConfiguration, packConfigurationFile } from "#review/pack-configuration.ts";
import { manifestResources } from "#review/subject/manifests.ts";
import { figuresOf, programResources, Reading, stateResources } from "#review/subject/resources.ts";
import { countOf, encryptedIn, reportAsJson, reportAsText } from "./report.ts";

/** What the command line gives. */
export interface PolicyOptions {
    readonly stack: string;
    readonly state?: string;
    readonly manifests?: readonly string[];
    readonly config?: string;
    readonly json?: true;
}

/**
 * Runs `mesh policy`.
 *
 * @returns the exit code: 1 where a mandatory rule is violated, 2 where something is encrypted and nothing violated
 * @throws EnvironmentError for everything the user must mend
 */
export async function runPolicy(checkout: string, options: PolicyOptions): Promise<0 | 1 | 2> {
    const { json } = options;
    const configured = await packConfiguration(configFile(checkout, options));
    const reading = new Reading();
    const { subject, resources } = await subjectOf(options, reading);
    if (!resources.some(({ type, props }) => identify(type, props) !== undefined)) {
        throw new EnvironmentError(
            `Nothing of Kubernetes is in ${subject}${reading.ofKubernetes ? " but what is about to be deleted" : ""}, so there is nothing to judge.`,
        );
    }
    const violations = checkResources(rules, resources, { ...configured, now: new Date() });
    const outcome = {
        subject,
        production: configured.settings.production,
        resources: resources.length,
        rules: rules.filter((rule) => configured.levelOf(rule) !== "disabled").length,
        ...figuresOf(resources),
        violations: reading.secrets.hiddenIn(violations),
    };
    process.stdout.write(json === true ? reportAsJson(outcome) : reportAsText(outcome));
    return countOf(outcome, "mandatory") > 0 ? 1 : exitCodeOfUnjudged(encryptedIn(outcome));
}

/** What is judged, and its resources. */
async function subjectOf(
    { stack, state, manifests }: PolicyOptions,
    reading: Reading,
): Promise<{ readonly subject: string; readonly resources: readonly RegisteredResource[] }> {
    if (manifests !== undefined) {
        const { resources, leftOut } = await manifestResources(manifests, reading);
        for (const file of leftOut) {
            process.stderr.write(`${file} holds no object of Kubernetes and is left out.\n`);
        }
        return { subject: `manifests ${manifests.join(" ")}`, resources };
    }
    return state === undefined
        ? { subject: `stack ${stack}`, resources: await programResources(stack, reading) }
        : { subject: `state ${state}`, resources: await stateResources(state, reading) };
}

/** What is encrypted may be anything: no pass, and no violation. */
function exitCodeOfUnjudged(encrypted: number): 0 | 2 {
    if (encrypted === 0) {
        return 0;
    }
    const places = encrypted === 1 ? "1 place is" : `${encrypted} places are`;
    process.stderr.write(
        `${places} encrypted in this export and cannot be judged; use pulumi stack export --show-secrets.\n`,
    );
    return 2;
}

/** The configuration that was named; else the one of the checkout's stack, where it has one. */
function configFile(
    checkout: string,
    { stack, state, manifests, config }: PolicyOptions,
): string | undefined {
    if (config !== undefined || state !== undefined || manifests !== undefined) {
        return config;
    }
    return packConfigurationFile(checkout, stack);
}
