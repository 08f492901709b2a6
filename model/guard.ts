import { celText, celTexts } from "./cel.ts";
import type { GuardedMesh, GuardedRequests } from "./guard-requests.ts";
import { OBJECTS, requestsElsewhere, requestsInMesh } from "./guard-requests.ts";
import { ISTIOD } from "./platform-names.ts";

/** Who may deploy a stack, by what the API server calls them. */
interface Deployers {
    readonly users: readonly string[];
    readonly groups: readonly string[];
    /** Each as `namespace/name`. */
    readonly serviceAccounts: readonly string[];
}

/** Who may change a mesh, and whose stack it is. */
export interface GuardIntent {
    /** The stack, as a refusal names it. */
    readonly stack: string;
    readonly deployers: Deployers;
    /** Members may do what deployers may, and each time it is recorded. Default: there is no such group. */
    readonly breakGlassGroup?: string;
}

/** An admission policy and how it is bound, as the API server has them. */
export interface AdmissionPolicy {
    /** Of the policy and of its binding. */
    readonly name: string;
    readonly spec: {
        readonly failurePolicy: "Fail";
        readonly matchConstraints: object;
        readonly matchConditions: MatchCondition[];
        readonly variables: MatchCondition[];
        readonly validations: {
            readonly expression: string;
            readonly message: string;
            readonly messageExpression: string;
            readonly reason: "Forbidden";
        }[];
        readonly auditAnnotations?: {
            readonly key: string;
            readonly valueExpression: string;
        }[];
    };
    readonly validationActions: readonly ("Deny" | "Audit" | "Warn")[];
}

interface MatchCondition {
    readonly name: string;
    readonly expression: string;
}

/** Requests that are judged together, and where. */
interface Scope {
    /** Ends the names of its policies. */
    readonly suffix: "" | "-elsewhere";
    readonly where: "In" | "NotIn";
    readonly requests: readonly GuardedRequests[];
}

const USER = "request.userInfo.username";
const GROUPS = "request.userInfo.?groups.orValue([])";

/**
 * Kubernetes' own controllers: they make pods, endpoints and Jobs of what somebody else was let write, and clear away.
 * Each runs under a ServiceAccount in kube-system, or all of them under one of these users.
 */
const CONTROLLERS = {
    users: ["system:kube-controller-manager", "system:cloud-controller-manager"],
    groups: ["system:serviceaccounts:kube-system"],
} as const;

/** How many deployers a refusal names. */
const NAMED_DEPLOYERS = 4;

/** The policies that let nobody but a stack's deployers change its mesh, and those that record the break-glass group's use. */
export function guardPolicies(mesh: GuardedMesh, intent: GuardIntent): readonly AdmissionPolicy[] {
    const scopes: readonly Scope[] = [
        { suffix: "", where: "In", requests: requestsInMesh(mesh) },
        { suffix: "-elsewhere", where: "NotIn", requests: requestsElsewhere(mesh) },
    ];
    return scopes.flatMap((scope) => [
        refusal(scope, mesh, intent),
        ...(intent.breakGlassGroup === undefined
            ? []
            : [record(scope, mesh, intent, intent.breakGlassGroup)]),
    ]);
}

/** Name of the policy that refuses in the mesh's own namespaces. */
export function guardName(namespace: string): string {
    return `${namespace}-refuse-strangers`;
}

/** Refuses whoever is neither deployer nor controller. */
function refusal(scope: Scope, mesh: GuardedMesh, intent: GuardIntent): AdmissionPolicy {
    const { breakGlassGroup } = intent;
    const emergency =
        breakGlassGroup === undefined ? "" : `, or in an emergency use group ${breakGlassGroup}`;
    const sentence = `only by the deployers of stack ${intent.stack} (${listed(intent.deployers)}); ask one of them${emergency}`;
    return {
        name: guardName(mesh.context.namespace) + scope.suffix,
        spec: {
            ...about(scope, mesh, {
                name: "stranger",
                expression: `!(${isTrusted(mesh, intent)})${breakGlassGroup === undefined ? "" : ` && !(${celText(breakGlassGroup)} in ${GROUPS})`}`,
            }),
            validations: [
                never(
                    `this may be written ${sentence}`,
                    `variables.what + " may be " + (has(request.subResource) ? "used " : "written ") + ${celText(sentence)}`,
                ),
            ],
        },
        validationActions: ["Deny", "Audit"],
    };
}

/** Lets the break-glass group through, tells its member that this is recorded, and records it. */
function record(
    scope: Scope,
    mesh: GuardedMesh,
    intent: GuardIntent,
    group: string,
): AdmissionPolicy {
    const sentence = `was let through by break-glass group ${group} of stack ${intent.stack}, which is recorded`;
    return {
        name: `${mesh.context.namespace}-record-break-glass${scope.suffix}`,
        spec: {
            ...about(scope, mesh, {
                name: "break-glass",
                expression: `${celText(group)} in ${GROUPS} && !(${isTrusted(mesh, intent)})`,
            }),
            validations: [never(`this ${sentence}`, `variables.what + ${celText(` ${sentence}`)}`)],
            auditAnnotations: [
                {
                    key: "break-glass",
                    valueExpression: `${USER} + ": " + request.operation + " " + variables.what`,
                },
            ],
        },
        validationActions: ["Audit", "Warn"],
    };
}

/** Which requests a policy is about. Every default of the API server's is written out, so that a check can compare. */
function about(
    { where, requests }: Scope,
    { context }: GuardedMesh,
    who: MatchCondition,
): Pick<
    AdmissionPolicy["spec"],
    "failurePolicy" | "matchConstraints" | "matchConditions" | "variables"
> {
    return {
        failurePolicy: "Fail",
        matchConstraints: {
            matchPolicy: "Equivalent",
            namespaceSelector: {
                matchExpressions: [
                    {
                        // The API server itself puts this label on: nobody can take it off.
                        key: "kubernetes.io/metadata.name",
                        operator: where,
                        values: [context.namespace, context.controlPlaneNamespace],
                    },
                ],
            },
            objectSelector: {},
            resourceRules: requests.map(({ apiGroups, resources, operations }) => ({
                apiGroups,
                apiVersions: ["*"],
                operations,
                resources,
                scope: "*",
            })),
        },
        // By far the most requests are a controller's: who asks is judged first.
        matchConditions: [who, ...requests.flatMap(onlyWhere)],
        variables: [{ name: "what", expression: WHAT }],
    };
}

/** `Service payment-service in a4co`, or `pods/exec payment-service-v1-5d9 in a4co`. */
const WHAT =
    [
        '(has(request.subResource) ? request.resource.resource + "/" + request.subResource : request.kind.kind)',
        // A name that the API server makes up, or one of many that are deleted together, is the object's alone.
        `(${OBJECTS}.map(o, string(o.?metadata.?name.orValue(""))) + [request.?name.orValue("")]).filter(n, n != "")[0]`,
    ].join(' + " " + ') +
    ' + (request.kind.kind != "Namespace" && has(request.namespace) ? " in " + request.namespace : "")';

/** Requests of other sorts are not asked. */
function onlyWhere({ apiGroups, resources, only }: GuardedRequests): MatchCondition[] {
    if (only === undefined) {
        return [];
    }
    const sorts = apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`));
    const sort =
        'request.resource.group + "/" + request.resource.resource + (has(request.subResource) ? "/" + request.subResource : "")';
    return [
        {
            name: only.name,
            expression: `!(${sort} in ${celTexts(sorts)}) || (${only.expression})`,
        },
    ];
}

function never(message: string, messageExpression: string) {
    return { expression: "false", message, messageExpression, reason: "Forbidden" } as const;
}

/** Whether deployers, Kubernetes' controllers or istiod ask. */
function isTrusted({ context }: GuardedMesh, { deployers }: GuardIntent): string {
    const users = [
        ...CONTROLLERS.users,
        accountUser(`${context.controlPlaneNamespace}/${ISTIOD}`),
        ...deployers.users,
        ...deployers.serviceAccounts.map(accountUser),
    ];
    const groups = [...CONTROLLERS.groups, ...deployers.groups];
    return `${USER} in ${celTexts(users)} || ${GROUPS}.exists(g, g in ${celTexts(groups)})`;
}

/** The user that a ServiceAccount, as `namespace/name`, is to the API server. */
function accountUser(account: string): string {
    return `system:serviceaccount:${account.replace("/", ":")}`;
}

function listed({ users, groups, serviceAccounts }: Deployers): string {
    const all = [
        ...groups.map((name) => `group ${name}`),
        ...users.map((name) => `user ${name}`),
        ...serviceAccounts.map((name) => `ServiceAccount ${name}`),
    ];
    const others = all.length - NAMED_DEPLOYERS;
    return others > 0
        ? `${all.slice(0, NAMED_DEPLOYERS).join(", ")} and ${others} more`
        : all.join(", ");
}

/** Whoever asks an API server, by what it calls him. */
export interface Requester {
    readonly username: string;
    readonly groups: readonly string[];
}

/** Whether a guard would let somebody deploy. */
export function mayDeploy(
    { username, groups }: Requester,
    { deployers, breakGlassGroup }: Pick<GuardIntent, "deployers" | "breakGlassGroup">,
): boolean {
    return (
        [...deployers.users, ...deployers.serviceAccounts.map(accountUser)].includes(username) ||
        groups.some((group) => deployers.groups.includes(group) || group === breakGlassGroup)
    );
}
