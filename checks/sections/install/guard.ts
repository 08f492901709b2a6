import { isDeepStrictEqual } from "node:util";
import type { KubeConfig } from "@kubernetes/client-node";
import { AuthorizationV1Api } from "@kubernetes/client-node";
import { admissionClient, requesterOf } from "#components/platform/admission-client.ts";
import type { AdmissionAnswer } from "#components/platform/admission-client.ts";
import { admissionQuestions } from "#components/platform/admission-questions.ts";
import { impersonating } from "#live/kubernetes/impersonation.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { ClusterObjects } from "#live/kubernetes/objects.ts";
import type { AdmissionPolicy, GuardIntent } from "#model/guard.ts";
import { guardName, guardPolicies, mayDeploy } from "#model/guard.ts";
import { guardFrom } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { PATIENCE_MILLISECONDS } from "./admission.ts";

const API_VERSION = "admissionregistration.k8s.io/v1";
/** Nobody's name, in the one group that may do everything: what refuses this user is not RBAC. */
const STRANGER = { user: "mesh-verify:stranger", group: "system:masters" };
const HINT = "Deploy the stack: the policies and their bindings are part of it.";

/** Nobody but the deployers changes the mesh; nothing to check where the stack has no guard. */
export function guard({ config, catalog, context }: DeclaredMesh): readonly Check[] {
    if (!config.guard.enabled) {
        return [];
    }
    // The stack's name stands in messages alone, which are not compared.
    const intent = guardFrom(config, "");
    const policies = guardPolicies({ catalog, context }, intent);
    return [
        {
            id: "install/guard",
            title: "nobody but the deployers changes the mesh",
            documentation:
                "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
            run: async (live) => {
                const problems = await liveProblems(live, policies);
                return problems.length > 0
                    ? failed("the guard as declared", problems.join("; "), HINT)
                    : tried(live, intent, policies.length);
            },
        },
    ];
}

/** Where the guard in the cluster is not the declared one. */
async function liveProblems(
    { kubeConfig }: LiveMesh,
    policies: readonly AdmissionPolicy[],
): Promise<readonly string[]> {
    const objects = new ClusterObjects(kubeConfig);
    const read = (kind: string, name: string) =>
        objects.read({ apiVersion: API_VERSION, kind, metadata: { name } });
    const found = await Promise.all(
        policies.map(async (policy) =>
            guardProblems(
                policy,
                await read("ValidatingAdmissionPolicy", policy.name),
                await read("ValidatingAdmissionPolicyBinding", policy.name),
            ),
        ),
    );
    return found.flat();
}

/** What of a policy decides; what it says to whom it refuses does not. */
function deciding(spec: Partial<AdmissionPolicy["spec"]>): object {
    const { failurePolicy, matchConstraints, matchConditions, variables, validations } = spec;
    return {
        failurePolicy,
        matchConstraints,
        matchConditions,
        variables,
        validations: validations?.map(({ expression }) => expression),
    };
}

/** How a policy of the guard, or its binding, is weaker than declared, one phrase each. */
export function guardProblems(
    { name, spec, validationActions }: AdmissionPolicy,
    policy: LiveObject | undefined,
    binding: LiveObject | undefined,
): readonly string[] {
    const live = Object.entries(deciding(policy?.["spec"] ?? {}));
    const declared = Object.entries(deciding(spec));
    const changed = declared
        .filter((entry, index) => !isDeepStrictEqual(entry, live[index]))
        .map(([field]) => field);
    return [
        ...(policy === undefined
            ? [`there is no ValidatingAdmissionPolicy ${name}`]
            : changed.map((field) => `${field} of ${name} is not the declared one`)),
        ...(binding === undefined
            ? [`there is no ValidatingAdmissionPolicyBinding ${name}`]
            : isDeepStrictEqual(binding["spec"], { policyName: name, validationActions })
              ? []
              : [
                    `the binding ${name} is not the declared one: ${JSON.stringify(binding["spec"])}`,
                ]),
    ];
}

/** What the API server does with the same dry run of a stranger and of whoever asks. */
async function tried(live: LiveMesh, intent: GuardIntent, count: number): Promise<Outcome> {
    const { kubeConfig, mesh } = live;
    const asDeclared = `${count} policies are as declared`;
    const own = await requesterOf(kubeConfig);
    const [mayImpersonate, control] = await Promise.all([
        permitted(kubeConfig),
        mayDeploy(own, intent) ? dryRun(live, kubeConfig) : undefined,
    ]);
    if (control?.accepted === false) {
        return failed(
            `a VirtualService of ${own.username}, who is a deployer, is accepted`,
            control.reason,
            "Mend install/validator first, if that is what refused it; else deploy the stack.",
        );
    }
    if (!mayImpersonate) {
        return passed(
            `${asDeclared}; no stranger was tried, as ${own.username} may not impersonate ${STRANGER.group}`,
        );
    }
    if (isExempt(intent)) {
        return passed(
            `${asDeclared}; no stranger was tried, as all of ${STRANGER.group} may change the mesh`,
        );
    }
    const name = guardName(mesh.context.namespace);
    const answer = await dryRun(live, impersonating(kubeConfig, STRANGER));
    if (answer.accepted || !answer.reason.includes(`ValidatingAdmissionPolicy '${name}'`)) {
        return failed(
            `ValidatingAdmissionPolicy ${name} refuses a stranger's VirtualService`,
            answer.accepted ? "it was accepted" : answer.reason,
            HINT,
        );
    }
    return passed(
        `${asDeclared}; a stranger of ${STRANGER.group} is refused by ${name}${control === undefined ? "" : `, and ${own.username} is not`}`,
    );
}

function dryRun({ mesh }: LiveMesh, kubeConfig: KubeConfig): Promise<AdmissionAnswer> {
    const { request } = admissionQuestions(mesh.context).validatorAccepts;
    return admissionClient(kubeConfig).dryRun(request, Date.now() + PATIENCE_MILLISECONDS);
}

/** Whether the stranger is none to this guard. */
function isExempt({ deployers, breakGlassGroup }: GuardIntent): boolean {
    return [...deployers.groups, breakGlassGroup].includes(STRANGER.group);
}

/** Whether the API server lets this user make requests in the stranger's name. */
async function permitted(kubeConfig: KubeConfig): Promise<boolean> {
    const api = kubeConfig.makeApiClient(AuthorizationV1Api);
    const answers = await Promise.all(
        [
            { resource: "users", name: STRANGER.user },
            { resource: "groups", name: STRANGER.group },
        ].map(async (what) => {
            const { status } = await api.createSelfSubjectAccessReview({
                body: { spec: { resourceAttributes: { verb: "impersonate", ...what } } },
            });
            return status?.allowed === true;
        }),
    );
    return answers.every(Boolean);
}
