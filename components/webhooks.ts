import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterAccess } from "#stack/config.ts";
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

/** Rounds in a row that must go well: the first good answer may come while another replica still starts. */
const GOOD_ROUNDS = 2;

/** The gate of a real cluster: server-side dry runs, which go through every webhook and leave nothing behind. */
export function kubernetesWebhookGate(args: WebhookGateArgs): WebhookGate {
    return {
        ready: async () => {
            // Loaded here, because a preview never gets this far and should not pay for it.
            const { kubernetesAdmissionClient } = await import("./platform/admission-client.ts");
            const client = await kubernetesAdmissionClient(args);
            await webhooksAnswer(client, args);
        },
    };
}

/**
 * Asks until every question has been answered well, twice in a row.
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
    for (let good = 0; good < GOOD_ROUNDS;) {
        const problems = await unanswered(client, questions, deadline);
        good = problems.length === 0 ? good + 1 : 0;
        if (problems.length > 0 && Date.now() >= deadline) {
            throw new Error(
                `Istio's webhooks did not answer within ${seconds} s; nothing that needs them was created\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
            );
        }
        if (good < GOOD_ROUNDS) {
            await sleep(pauseMilliseconds);
        }
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
