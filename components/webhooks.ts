import { setTimeout as sleep } from "node:timers/promises";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterAccess } from "#stack/config.ts";
import { askUntil } from "#wait.ts";
import type { AdmissionClient } from "./platform/admission-client.ts";
import { admissionQuestions } from "./platform/admission-questions.ts";
import type { AdmissionQuestion } from "./platform/admission-questions.ts";

/** Tells when Istio's webhooks do their work, not merely that their Deployment is available. */
export interface WebhookGate {
    /**
     * Resolves once injector, validator and guard have each given the right answer.
     * @throws Error that names what did not answer
     */
    ready(): Promise<void>;
}

/** Which webhooks are asked, on which cluster, and for how long. */
export interface WebhookGateArgs extends ClusterAccess {
    /** Namespace whose pods are injected. */
    readonly namespace: string;
    /** Namespace of the gateway's pods. */
    readonly controlPlaneNamespace: string;
    /** How long to go on asking. Default 180. */
    readonly timeoutSeconds?: number;
}

const DEFAULT_TIMEOUT_SECONDS = 180;
const PAUSE_MILLISECONDS = 500;

/** The gate of a real cluster: server-side dry runs, which go through every webhook and leave nothing behind. */
export function kubernetesWebhookGate(args: WebhookGateArgs): WebhookGate {
    return {
        ready: async () => {
            // Loaded here, because a preview never gets this far and should not pay for it.
            const kubernetes = await import("./platform/admission-client.ts");
            const client = kubernetes.admissionClient(kubernetes.kubeConfigOf(args));
            await webhooksAnswer(client, args);
        },
    };
}

/**
 * Asks until every question has been answered well, twice in a row: the first good answer may come while another replica
 * still starts.
 *
 * @param pauseMilliseconds between two rounds of questions
 * @throws Error after the timeout, with one line for each question that still has no good answer
 */
export async function webhooksAnswer(
    client: AdmissionClient,
    args: WebhookGateArgs,
    pauseMilliseconds: number = PAUSE_MILLISECONDS,
): Promise<void> {
    const seconds = args.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const deadline = Date.now() + seconds * 1000;
    const questions = Object.values(admissionQuestions(args));
    const problems = await askUntil(
        async () => {
            const first = await unanswered(client, questions, deadline);
            if (first.length > 0) {
                return first;
            }
            await sleep(pauseMilliseconds);
            return unanswered(client, questions, deadline);
        },
        (found) => found.length === 0,
        { milliseconds: seconds * 1000, pause: pauseMilliseconds },
    );
    if (problems.length > 0) {
        throw new Error(
            `Istio's webhooks did not answer within ${seconds} s; nothing that needs them was created\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
        );
    }
}

async function unanswered(
    client: AdmissionClient,
    questions: readonly AdmissionQuestion[],
    deadline: number,
): Promise<string[]> {
    const answers = await Promise.all(
        questions.map(async ({ asks, request, judge }) => {
            const problem = judge(await client.dryRun(request, deadline));
            return problem === undefined ? [] : [`${asks}: ${problem}`];
        }),
    );
    return answers.flat();
}

/** What is asked, and what must be there before it is. */
export interface WebhooksReadyArgs {
    /** Asked once, in an update alone. */
    readonly webhooks: WebhookGate;
    /** Serves the injector and the validator. */
    readonly istiod: k8s.helm.v3.Release;
    /** What the gate's questions need besides: the guard and the namespace it is asked in. */
    readonly others: readonly pulumi.CustomResource[];
}

/**
 * The istiod Release, once its webhooks answer.
 *
 * A preview asks nobody: it has no cluster to ask. The value is an Output and no Promise, because an Output whose input is
 * unknown in a preview still hands its dependencies on, where a Promise would never resolve. A failure rejects with one
 * RunError, which Pulumi prints once however many resources wait for it.
 */
export function webhooksReady(args: WebhooksReadyArgs): pulumi.Output<pulumi.Resource> {
    const others = pulumi.all(args.others.map((resource) => resource.urn));
    return pulumi.all([args.istiod.status, others]).apply(async () => {
        if (!pulumi.runtime.isDryRun()) {
            await args.webhooks.ready().catch((error: unknown) => {
                throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
            });
        }
        return args.istiod;
    });
}
