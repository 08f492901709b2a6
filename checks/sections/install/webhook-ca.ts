import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type {
    AdmissionregistrationV1WebhookClientConfig,
    V1ObjectMeta,
} from "@kubernetes/client-node";
import { remainingDays, splitPem } from "../../certificates.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { ROOT_CONFIG_MAP } from "../../permissions.ts";
import type { Webhook } from "./ca-bundle.ts";
import { webhookProblem } from "./ca-bundle.ts";

interface Configuration {
    readonly metadata?: V1ObjectMeta;
    readonly webhooks?: readonly {
        readonly name: string;
        readonly clientConfig: AdmissionregistrationV1WebhookClientConfig;
        readonly failurePolicy?: string;
    }[];
}

/** The webhooks that call the istiod of a namespace, whatever they are labelled. */
function webhooksOf(configurations: readonly Configuration[], namespace: string): Webhook[] {
    return configurations.flatMap(({ metadata, webhooks }) =>
        (webhooks ?? [])
            .filter(({ clientConfig: { service } }) => {
                return service?.namespace === namespace && service.name.startsWith("istiod");
            })
            .map(({ name, clientConfig: { caBundle }, failurePolicy }) => ({
                name: `${metadata?.name ?? ""}/${name}`,
                ...(caBundle !== undefined && { caBundle }),
                ...(failurePolicy !== undefined && { failurePolicy }),
            })),
    );
}

/** The API server can tell istiod from somebody else, and refuses what istiod has not seen. */
export const webhookCa: Check = {
    id: "install/webhook-ca",
    title: "each webhook of Istio's trusts istiod's current CA and fails closed",
    documentation: "https://istio.io/latest/docs/ops/configuration/mesh/webhook/",
    run: async ({ core, kubeConfig, mesh }) => {
        const namespace = mesh.context.controlPlaneNamespace;
        const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
        const [{ data }, mutating, validating] = await Promise.all([
            core.readNamespacedConfigMap({ namespace, name: ROOT_CONFIG_MAP }),
            api.listMutatingWebhookConfiguration(),
            api.listValidatingWebhookConfiguration(),
        ]);
        const roots = data?.["root-cert.pem"] ?? "";
        const kinds = {
            MutatingWebhookConfiguration: webhooksOf(mutating.items, namespace),
            ValidatingWebhookConfiguration: webhooksOf(validating.items, namespace),
        };
        const now = Date.now();
        const webhooks = Object.values(kinds).flat();
        const problems = [
            ...Object.entries(kinds)
                .filter(([, found]) => found.length === 0)
                .map(([kind]) => `no ${kind} calls istiod`),
            ...webhooks.flatMap((webhook) => {
                const problem = webhookProblem(webhook, roots, now);
                return problem === undefined ? [] : [`${webhook.name}: ${problem}`];
            }),
        ];
        return problems.length === 0
            ? passed(
                  `${webhooks.length} webhooks, failing closed; their CA has ${remainingDays(splitPem(roots), now)} days left`,
              )
            : failed(
                  `webhooks that fail closed, with the CA of ConfigMap ${namespace}/${ROOT_CONFIG_MAP}`,
                  problems.join("; "),
                  "A running istiod puts its CA in by itself; look at its log, and deploy the stack again.",
              );
    },
};
