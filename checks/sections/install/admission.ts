import { admissionClient } from "#components/platform/admission-client.ts";
import type { AdmissionAnswer } from "#components/platform/admission-client.ts";
import { admissionQuestions, proxyImages } from "#components/platform/admission-questions.ts";
import type { AdmissionSubject } from "#components/platform/admission-questions.ts";
import { PROXY_CONTAINER, sidecarGuardName } from "#model/platform-names.ts";
import type { MeshConfig } from "#stack/config.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { oncePerRun } from "../../live-mesh.ts";
import { declaredProxyImage, isProxyImage } from "./proxy-image.ts";

/** How long a webhook may take; the API server itself gives up after 30 s at most. */
export const PATIENCE_MILLISECONDS = 10_000;

interface Asked {
    readonly answer: AdmissionAnswer;
    /** Why the answer is not good enough. */
    readonly problem?: string;
}

/** One of the gate's own questions. */
async function ask(live: LiveMesh, subject: AdmissionSubject): Promise<Asked> {
    const { request, judge } = admissionQuestions(live.mesh.context)[subject];
    const answer = await admissionClient(live.kubeConfig).dryRun(
        request,
        Date.now() + PATIENCE_MILLISECONDS,
    );
    const problem = judge(answer);
    return { answer, ...(problem !== undefined && { problem }) };
}

const askInjector = oncePerRun((live) => ask(live, "injector"));

/** A pod of the application namespace comes back with the declared proxy in it. */
export function injector(config: MeshConfig): Check {
    const image = declaredProxyImage(config);
    return {
        id: "install/injector",
        title: "a pod of the application namespace is given its sidecar",
        documentation:
            "https://istio.io/latest/docs/ops/common-problems/injection/#the-result-of-sidecar-injection-was-not-what-i-expected",
        run: async (live) => {
            const { namespace } = live.mesh.context;
            const { answer, problem } = await askInjector(live);
            const hint = `Look at the labels of namespace ${namespace} and at the webhook istio-sidecar-injector.`;
            if (problem !== undefined || !answer.accepted) {
                return failed(`a pod with ${PROXY_CONTAINER}`, problem ?? "no pod", hint);
            }
            const images = proxyImages(answer.object);
            return images.every((candidate) => isProxyImage(candidate, image))
                ? passed(`${PROXY_CONTAINER} of ${images.join(", ")}`)
                : failed(
                      `${PROXY_CONTAINER} of ${[image.hub, image.reference].filter(Boolean).join("/")}`,
                      images.join(", "),
                      "Deploy the stack: istiod hands out the image of its own chart values.",
                  );
        },
    };
}

/** Nobody gets a pod without a sidecar into the application namespace. */
export const sidecarGuard: Check = {
    id: "install/sidecar-guard",
    title: "a pod that opts out of injection is refused",
    documentation:
        "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
    run: async (live) => {
        const name = sidecarGuardName(live.mesh.context.namespace);
        const [control, { problem }] = await Promise.all([askInjector(live), ask(live, "guard")]);
        const expected = `ValidatingAdmissionPolicy ${name} refuses the pod`;
        if (problem !== undefined) {
            return failed(
                expected,
                problem,
                `Deploy the stack: the policy ${name} and its binding, with action Deny, are part of it.`,
            );
        }
        return control.answer.accepted
            ? passed(`refused by ${name}; accepted without the opt-out`)
            : failed(
                  `${expected}, and accepts the control: the same pod without the opt-out`,
                  `the control was refused too: ${control.answer.reason}`,
                  "A refusal of every pod says nothing about this one: mend install/injector first.",
              );
    },
};

/** Istio itself looks at what is applied. */
export const validator: Check = {
    id: "install/validator",
    title: "an invalid object of Istio's is refused by its webhook",
    documentation: "https://istio.io/latest/docs/ops/common-problems/validation/",
    run: async (live) => {
        const [control, unsound] = await Promise.all([
            ask(live, "validatorAccepts"),
            ask(live, "validatorRefuses"),
        ]);
        const hint =
            "Look at the ValidatingWebhookConfigurations that call istiod, and at istiod's log.";
        if (control.problem !== undefined) {
            return failed(
                "the control, a sound VirtualService, is accepted",
                `the control was refused: ${control.problem}`,
                hint,
            );
        }
        if (unsound.problem !== undefined || unsound.answer.accepted) {
            return failed(
                "a VirtualService that leads nowhere is denied by a webhook of Istio's",
                unsound.problem ?? "it was accepted",
                hint,
            );
        }
        const webhook = /admission webhook "([^"]+)"/.exec(unsound.answer.reason)?.[1];
        return passed(`denied by ${webhook ?? "Istio"}; a sound one is accepted`);
    },
};
