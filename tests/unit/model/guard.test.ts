import assert from "node:assert/strict";
import type { AdmissionPolicy, GuardIntent } from "#model/guard.ts";
import { guardPolicies, mayDeploy } from "#model/guard.ts";
import { catalog } from "#services/catalog.ts";
import { CONTEXT, OTHER } from "./context.ts";

const INTENT: GuardIntent = {
    stack: "prod",
    deployers: {
        users: ['jane "the admin" \\ doe'],
        groups: ["a4co:mesh-deployers"],
        serviceAccounts: ["flagger-system/flagger"],
    },
};
const WITH_EMERGENCY: GuardIntent = { ...INTENT, breakGlassGroup: "a4co:mesh-break-glass" };
const GROUPS = "request.userInfo.?groups.orValue([])";
const TRUSTED = `request.userInfo.username in ["system:kube-controller-manager", "system:cloud-controller-manager", "system:serviceaccount:istio-system:istiod", "jane \\"the admin\\" \\\\ doe", "system:serviceaccount:flagger-system:flagger"] || ${GROUPS}.exists(g, g in ["system:serviceaccounts:kube-system", "a4co:mesh-deployers"])`;

function policiesOf(intent: GuardIntent, context = CONTEXT): Map<string, AdmissionPolicy> {
    const policies = guardPolicies({ catalog, context }, intent);
    return new Map(policies.map((policy) => [policy.name, policy]));
}

function condition({ spec }: AdmissionPolicy, name: string): string | undefined {
    return spec.matchConditions.find((one) => one.name === name)?.expression;
}

function policy(name: string, intent = WITH_EMERGENCY, context = CONTEXT): AdmissionPolicy {
    const found = policiesOf(intent, context).get(name);
    assert.ok(found, name);
    return found;
}

describe("the guard of a mesh", () => {
    it("refuses in the mesh and elsewhere, and records where there is an emergency group", () => {
        assert.deepEqual(
            [...policiesOf(INTENT)].map(([name, { validationActions }]) => [
                name,
                ...validationActions,
            ]),
            [
                ["a4co-refuse-strangers", "Deny", "Audit"],
                ["a4co-refuse-strangers-elsewhere", "Deny", "Audit"],
            ],
        );
        assert.deepEqual(
            [...policiesOf(WITH_EMERGENCY, OTHER)].map(([name, { validationActions }]) => [
                name,
                ...validationActions,
            ]),
            [
                ["shop-refuse-strangers", "Deny", "Audit"],
                ["shop-record-break-glass", "Audit", "Warn"],
                ["shop-refuse-strangers-elsewhere", "Deny", "Audit"],
                ["shop-record-break-glass-elsewhere", "Audit", "Warn"],
            ],
        );
    });

    it("judges first who asks: deployers, Kubernetes' controllers and istiod are no strangers", () => {
        const first = ({ spec }: AdmissionPolicy) => spec.matchConditions[0];
        assert.deepEqual(first(policy("a4co-refuse-strangers", INTENT)), {
            name: "stranger",
            expression: `!(${TRUSTED})`,
        });
        for (const suffix of ["", "-elsewhere"]) {
            assert.deepEqual(first(policy(`a4co-refuse-strangers${suffix}`)), {
                name: "stranger",
                expression: `!(${TRUSTED}) && !("a4co:mesh-break-glass" in ${GROUPS})`,
            });
            assert.deepEqual(first(policy(`a4co-record-break-glass${suffix}`)), {
                name: "break-glass",
                expression: `"a4co:mesh-break-glass" in ${GROUPS} && !(${TRUSTED})`,
            });
        }
    });

    it("records what it would refuse, and nothing else", () => {
        for (const suffix of ["", "-elsewhere"]) {
            const { spec: refusal } = policy(`a4co-refuse-strangers${suffix}`);
            const { spec: record } = policy(`a4co-record-break-glass${suffix}`);
            assert.deepEqual(record.matchConstraints, refusal.matchConstraints);
            assert.deepEqual(record.matchConditions.slice(1), refusal.matchConditions.slice(1));
        }
    });

    it("says in one sentence who may, and whom to ask", () => {
        const { spec } = policy("a4co-refuse-strangers");
        assert.deepEqual(spec.validations, [
            {
                expression: "false",
                message:
                    'this may be written only by the deployers of stack prod (group a4co:mesh-deployers, user jane "the admin" \\ doe, ServiceAccount flagger-system/flagger); ask one of them, or in an emergency use group a4co:mesh-break-glass',
                messageExpression:
                    'variables.what + " may be " + (has(request.subResource) ? "used " : "written ") + "only by the deployers of stack prod (group a4co:mesh-deployers, user jane \\"the admin\\" \\\\ doe, ServiceAccount flagger-system/flagger); ask one of them, or in an emergency use group a4co:mesh-break-glass"',
                reason: "Forbidden",
            },
        ]);
    });

    it("names a few of many deployers, so that the sentence stays one", () => {
        const users = Array.from({ length: 500 }, (_, index) => `user-${index}`);
        const many = { ...INTENT, deployers: { users, groups: [], serviceAccounts: [] } };
        const [validation] = policy("a4co-refuse-strangers", many).spec.validations;
        assert.equal(
            validation?.message,
            "this may be written only by the deployers of stack prod (user user-0, user user-1, user user-2, user user-3 and 496 more); ask one of them",
        );
    });

    it("knows a workload by its ServiceAccount and by the label its Service looks for", () => {
        const names =
            '["order-service", "payment-service", "inventory-service", "nats", "istio-ingressgateway", "istiod"]';
        assert.equal(
            condition(policy("a4co-refuse-strangers"), "cron-job-of-a-workload"),
            [
                '!(request.resource.group + "/" + request.resource.resource + (has(request.subResource) ? "/" + request.subResource : "") in ["batch/cronjobs"])',
                `([dyn(object), dyn(oldObject)].filter(o, o != null).exists(o, (o.spec.jobTemplate.spec.template.spec.?serviceAccountName.orValue("") in ${names} || o.spec.jobTemplate.spec.template.?metadata.?labels.?app.orValue("") in ${names})))`,
            ].join(" || "),
        );
    });

    it("looks elsewhere for what acts on the gateway, by its namespaces and labels", () => {
        const elsewhere = policy("shop-refuse-strangers-elsewhere", WITH_EMERGENCY, OTHER);
        const route = condition(elsewhere, "route-at-the-gateway-of-the-mesh");
        assert.match(route ?? "", /g\.startsWith\("shop\/"\)/);
        assert.match(route ?? "", /g\.startsWith\("mesh-system\/"\)/);
        assert.match(
            condition(elsewhere, "gateway-for-the-pods-of-the-mesh") ?? "",
            /k == "istio" \? o\.spec\.selector\[k\] == "ingressgateway" : \(k == "app" \? o\.spec\.selector\[k\] == "istio-ingressgateway" : \(/,
        );
    });

    it("stays within the limits of the API server with 300 services of the longest names", () => {
        const [service] = catalog.services;
        assert.ok(service);
        const services = Array.from({ length: 300 }, (_, index) => ({
            ...service,
            name: `service-${index}-`.padEnd(63, "x"),
        }));
        const [refusal] = guardPolicies(
            { catalog: { ...catalog, services }, context: CONTEXT },
            WITH_EMERGENCY,
        );
        assert.ok(refusal);
        // CEL takes 100,000 code points an expression, etcd 1.5 MB an object.
        for (const { name, expression } of refusal.spec.matchConditions) {
            assert.ok(expression.length < 100_000, `${name}: ${expression.length}`);
        }
        assert.ok(JSON.stringify(refusal).length < 500_000);
    });

    it("tells who may deploy", () => {
        const may = (username: string, ...groups: string[]): boolean =>
            mayDeploy({ username, groups }, WITH_EMERGENCY);
        assert.ok(may('jane "the admin" \\ doe'));
        assert.ok(may("x", "system:authenticated", "a4co:mesh-deployers"));
        assert.ok(may("x", "a4co:mesh-break-glass"));
        assert.ok(may("system:serviceaccount:flagger-system:flagger"));
        assert.ok(!may("flagger-system/flagger", "system:masters"));
        assert.ok(!may("jane", "system:authenticated"));
        assert.ok(!mayDeploy({ username: "x", groups: ["a4co:mesh-break-glass"] }, INTENT));
    });
});
