import { controlPlanesOf } from "./control-plane.ts";
import { fieldsNamed } from "./field-walk.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { each, some } from "./finding.ts";
import { chartOf, valueAt } from "./helm.ts";
import { chartValue, istioChartOf } from "./istio-chart.ts";
import { HELM, KUBERNETES_GATEWAY, NAMESPACE, SERVICE_ACCOUNT, WORKLOADS } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Stack } from "./stack.ts";
import { isMachine, podOf } from "./workload.ts";

/** The kinds that tell which identities a stack has; a rule that asks needs all of them. */
export const IDENTITY_KINDS: readonly Selector[] = [
    NAMESPACE,
    SERVICE_ACCOUNT,
    WORKLOADS,
    ...HELM,
    KUBERNETES_GATEWAY,
];

/** What the last part of a workload's identity is. */
export interface Account {
    readonly namespace: string;
    readonly name: string;
}

/** An identity as policies write it: `<trust domain>/ns/<namespace>/sa/<account>`. */
export interface Principal extends Account {
    readonly trustDomain: string;
}

/** Trust domains that the mesh takes for its own. Istio reads cluster.local as that of the mesh, whatever that is. @throws UnknownValue */
export function trustDomainsOf(stack: Stack, settings: Settings): readonly string[] {
    return [
        settings.trustDomain,
        "cluster.local",
        ...controlPlanesOf(stack, settings).flatMap(({ meshConfig }) => [
            meshConfig("trustDomain")?.text() ?? "",
            ...(meshConfig("trustDomainAliases")?.texts() ?? []),
        ]),
    ];
}

/** Reads a principal; `undefined` for what is none. */
export function principalFrom(text: string): Principal | undefined {
    const parts = /^([^/]+)\/ns\/([a-z\d-]+)\/sa\/([a-z\d.-]+)$/.exec(text);
    if (parts === null) {
        return undefined;
    }
    const [, trustDomain = "", namespace = "", name = ""] = parts;
    return { trustDomain, namespace, name };
}

/** Whether an object is a release of Istio's gateway chart, whose one workload and account are known. @throws UnknownValue */
function isGatewayRelease(object: KubernetesObject): boolean {
    return object.kind === "Release" && istioChartOf(object) === "gateway";
}

/** Whether an object is the address of a server that says no identity: not every one is in the mesh. */
function isForeign({ kind, root }: KubernetesObject): boolean {
    if (kind !== "WorkloadEntry") {
        return false;
    }
    const account = root.at("spec", "serviceAccount");
    return account.known && !account.exists;
}

/** Everything whose pods' account can be read: workloads, and releases of the gateway chart. @throws UnknownValue */
export function usersOf(stack: Stack): readonly KubernetesObject[] {
    return stack.once("users of accounts", () => [
        ...stack.of(WORKLOADS).filter((workload) => !isForeign(workload)),
        ...stack.of(...HELM).filter(isGatewayRelease),
    ]);
}

/** Those of an account, and those whose account nobody can tell, in the order of {@link usersOf}. @throws UnknownValue */
export function usersAs(stack: Stack, { namespace, name }: Account): readonly KubernetesObject[] {
    const index = stack.once("users by account", () =>
        indexOf(usersOf(stack), (user) => [`${user.namespace}/${accountOf(user)}`]),
    );
    return index.get(`${namespace}/${name}`);
}

/** Where a workload or a release of the gateway chart names its account. @throws UnknownValue */
export function accountField(user: KubernetesObject): Field {
    if (user.kind === "Release") {
        return chartValue(user, "serviceAccount", "name");
    }
    if (isMachine(user)) {
        const spec = user.root.at("spec");
        return user.kind === "WorkloadGroup"
            ? spec.at("template", "serviceAccount")
            : spec.at("serviceAccount");
    }
    const spec = podOf(user).at("spec");
    const [current, older] = [spec.at("serviceAccountName"), spec.at("serviceAccount")];
    return !current.exists && older.exists ? older : current;
}

/** The account as which a workload or a release of the gateway chart runs. @throws UnknownValue */
export function accountOf(user: KubernetesObject): string {
    const named = accountField(user).text() ?? "";
    if (named !== "") {
        return named;
    }
    // The chart names the account after itself, unless it is told to make none.
    return user.kind === "Release" && valueAt(user, "serviceAccount", "create").flag() !== false
        ? (valueAt(user, "name").text() ?? user.name)
        : "default";
}

/** Whether a namespace, and what runs in it, is the stack's own. @throws UnknownValue */
export function ownsAccountsOf(stack: Stack, namespace: string): boolean {
    return stack.once(
        `owns accounts of ${namespace}`,
        () =>
            some(
                stack.of(NAMESPACE),
                // What is only read or patched is somebody else's.
                (declared) =>
                    !declared.external && !declared.partial && declared.name === namespace,
            ) &&
            some(
                stack.in(namespace, WORKLOADS, ...HELM),
                (member) => member.namespace === namespace,
            ),
    );
}

/** Whether something of the stack runs as an account. @throws UnknownValue */
export function isUsed(stack: Stack, { namespace, name }: Account): boolean {
    return some(
        usersAs(stack, { namespace, name }),
        (user) => user.namespace === namespace && accountOf(user) === name,
    );
}

/** The ServiceAccounts of that name, and those whose name nobody can tell. */
function accountsNamed(stack: Stack, namespace: string, name: string): readonly KubernetesObject[] {
    const index = stack.once("accounts by name", () =>
        indexOf(stack.of(SERVICE_ACCOUNT), (account) => [`${account.namespace}/${account.name}`]),
    );
    return index.get(`${namespace}/${name}`);
}

/** Whether the stack makes an account: itself, with the gateway chart, or because every namespace has it. @throws UnknownValue */
export function isDeclared(stack: Stack, { namespace, name }: Account): boolean {
    return (
        name === "default" ||
        some(
            accountsNamed(stack, namespace, name),
            (account) => account.namespace === namespace && account.name === name,
        ) ||
        some(
            stack.of(...HELM),
            (release) =>
                isGatewayRelease(release) &&
                release.namespace === namespace &&
                valueAt(release, "serviceAccount", "create").flag() !== false &&
                accountOf(release) === name,
        )
    );
}

/** Whether an account is named below a field, as in `serviceAccounts.server.name`. @throws UnknownValue */
function namesAccount(field: Field, name: string): boolean {
    return fieldsNamed(field, (key) => /serviceaccount/i.test(key)).some(
        (account) =>
            account.known &&
            [account, ...fieldsNamed(account, (key) => key === "name")].some(
                (place) => place.known && place.text() === name,
            ),
    );
}

/** Whether a chart may have made an account: told to by a value such as `serviceAccounts.server.name`, or by habit. @throws UnknownValue */
function fitsChart(release: KubernetesObject, name: string): boolean {
    const stems = [
        release.name,
        chartOf(release),
        valueAt(release, "fullnameOverride").text() ?? "",
    ].filter((stem) => stem !== "");
    return (
        stems.some((stem) => name === stem || name.startsWith(`${stem}-`)) ||
        namesAccount(valueAt(release), name)
    );
}

/** Whether a kind is an operator's: none of Kubernetes' or Istio's own, and none that holds its pods itself. */
function isOperated({ group, runsPods }: KubernetesObject): boolean {
    return group.includes(".") && !/(^|\.)(k8s|istio)\.io$/.test(group) && !runsPods;
}

/** Fields by which an operator is told to run pods. */
const OF_PODS = /^(image|imageName|instances|nodeSets|podTemplate|replicas|size)$/;

/** Resources by which operators may make pods and accounts, by their namespace. */
function operatedIn(stack: Stack, namespace: string): readonly KubernetesObject[] {
    const index = stack.once("resources of operators", () =>
        indexOf(stack.objects.filter(isOperated), (object) => [object.namespace]),
    );
    return index.get(namespace);
}

/** Whether an operator may have made an account: told to by a field such as `serviceAccountName`, or by habit. @throws UnknownValue */
function fitsOperator(object: KubernetesObject, name: string): boolean {
    const spec = object.root.at("spec");
    return (
        ((name === object.name || name.startsWith(`${object.name}-`)) &&
            fieldsNamed(spec, (key) => OF_PODS.test(key)).length > 0) ||
        namesAccount(spec, name)
    );
}

/** Whether an account may come from something whose pods nobody sees: another chart, an operator, or a Gateway of Kubernetes' API. @throws UnknownValue */
export function mayComeFromElsewhere(stack: Stack, { namespace, name }: Account): boolean {
    return (
        some(
            stack.in(namespace, ...HELM),
            (release) =>
                release.namespace === namespace &&
                !isGatewayRelease(release) &&
                fitsChart(release, name),
        ) ||
        some(
            operatedIn(stack, namespace),
            (object) => object.namespace === namespace && fitsOperator(object, name),
        ) ||
        some(
            stack.in(namespace, KUBERNETES_GATEWAY),
            (gateway) =>
                gateway.namespace === namespace &&
                name.startsWith(gateway.name) &&
                [
                    gateway.name,
                    `${gateway.name}-${gateway.root.at("spec", "gatewayClassName").text() ?? ""}`,
                ].includes(name),
        )
    );
}

/** The identities that the stack is known to have. */
export function principalsOf(stack: Stack, { trustDomain }: Settings): readonly string[] {
    const principals: string[] = [];
    // What is not known yet is no candidate, and no finding of its own here.
    each(
        () => usersOf(stack),
        (user) => {
            principals.push(`${trustDomain}/ns/${user.namespace}/sa/${accountOf(user)}`);
            return [];
        },
    );
    return [...new Set(principals)];
}
