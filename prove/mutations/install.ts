import { rootCertificates } from "node:tls";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { DEFAULT_USER } from "#model/intents.ts";
import { PROXY_USER, sidecarGuardName } from "#model/platform-names.ts";
import { guardName } from "#model/guard.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { ADDED, labelled, refTo, withLabels, without } from "../changes.ts";
import type { Change, Mutation } from "../mutation.ts";

/** Istio's revision label: without it istiod leaves a webhook alone, and would mend it at once with it. */
const REVISION = "istio.io/rev";
const INJECTOR = "istio-sidecar-injector";
const NOTHING = "nothing";
/** Some authority of the public Internet, which has not signed istiod's certificate. */
const [ELSEWHERE = ""] = rootCertificates;

/** What gets every pod into the mesh, and keeps nonsense out of it. */
export function installMutations({ config, context }: DeclaredMesh): readonly Mutation[] {
    const { namespace, controlPlaneNamespace } = context;
    const liftGuard = without(
        refTo("ValidatingAdmissionPolicyBinding", sidecarGuardName(namespace)),
    );
    return [
        {
            name: `namespace ${namespace} is not injected`,
            weakens: "every new pod gets a sidecar",
            breaks: ["install/injector"],
            // The control of the guard is then a pod that it refuses.
            mayBreak: ["install/sidecar-guard"],
            changes: [withLabels(refTo("Namespace", namespace), { "istio-injection": undefined })],
        },
        {
            name: "the API server takes pods without a sidecar",
            weakens: "what the injector passed by is refused",
            breaks: ["install/sidecar-guard"],
            changes: [liftGuard],
        },
        ...(config.guard.enabled
            ? [
                  {
                      name: `whoever may write in ${namespace} changes the mesh`,
                      weakens: "nobody but the deployers changes the mesh",
                      breaks: ["install/guard"],
                      changes: [
                          without(refTo("ValidatingAdmissionPolicyBinding", guardName(namespace))),
                      ],
                  },
              ]
            : []),
        {
            name: `a pod of ${namespace} has no sidecar`,
            weakens: "every pod is in the mesh",
            breaks: ["config/sidecars", "install/sidecar-guard"],
            changes: [liftGuard, { kind: "create", object: podWithoutSidecar(namespace) }],
        },
        {
            name: `an application in ${namespace} runs as the proxy's user`,
            weakens: "all that an application sends goes through its proxy",
            breaks: ["config/proxy-user"],
            // It waits for a node for ever, and its sidecar with it.
            mayBreak: ["config/sidecars"],
            changes: [{ kind: "create", object: podAsProxy(namespace) }],
        },
        {
            name: "the API server does not trust the injector",
            weakens: "the injector's certificate is the one its webhook expects",
            breaks: ["install/webhook-ca", "install/injector"],
            mayBreak: ["install/sidecar-guard"],
            changes: [distrust(INJECTOR)],
        },
        {
            name: "the validator is asked about nothing",
            weakens: "Istio's resources are validated",
            breaks: ["install/validator"],
            changes: [`istio-validator-${controlPlaneNamespace}`, "istiod-default-validator"].map(
                askedNothing,
            ),
        },
    ];
}

type Created = Extract<Change, { kind: "create" }>["object"];

/** Never started: it is there, which is enough. */
function podWithoutSidecar(namespace: string): Created {
    return {
        ...refTo("Pod", ADDED),
        metadata: { name: ADDED, namespace, labels: { "sidecar.istio.io/inject": "false" } },
        spec: podSpec(DEFAULT_USER),
    };
}

/** Never given to a node: its sidecar, which the injector adds, need not start. */
function podAsProxy(namespace: string): Created {
    return {
        ...refTo("Pod", ADDED, namespace),
        spec: { ...podSpec(PROXY_USER), schedulerName: ADDED },
    };
}

function podSpec(runAsUser: number): object {
    return {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsNonRoot: true, runAsUser },
        containers: [{ name: "none", image: "unused.invalid/none:0", imagePullPolicy: "Never" }],
    };
}

function distrust(webhooks: string): Change {
    return {
        kind: "edit",
        object: refTo("MutatingWebhookConfiguration", webhooks),
        to: (live) => ({
            ...live,
            metadata: { ...live.metadata, labels: labelled(live, { [REVISION]: undefined }) },
            webhooks: webhooksOf(live).map((webhook) => ({
                ...webhook,
                clientConfig: {
                    ...webhook.clientConfig,
                    caBundle: Buffer.from(ELSEWHERE).toString("base64"),
                },
            })),
        }),
    };
}

/** As far as mutations look at them. */
function webhooksOf(
    live: LiveObject,
): readonly { readonly clientConfig: object; readonly rules?: readonly object[] }[] {
    return (live["webhooks"] ?? []) as ReturnType<typeof webhooksOf>;
}

function askedNothing(webhooks: string): Change {
    return {
        kind: "edit",
        object: refTo("ValidatingWebhookConfiguration", webhooks),
        to: (live) => ({
            ...live,
            webhooks: webhooksOf(live).map((webhook) => ({
                ...webhook,
                rules: (webhook.rules ?? []).map((rule) => ({ ...rule, resources: [NOTHING] })),
            })),
        }),
    };
}
