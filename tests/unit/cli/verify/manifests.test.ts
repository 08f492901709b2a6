import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import type {
    KubernetesObject,
    V1ClusterRole,
    V1CronJob,
    V1Deployment,
    V1PolicyRule,
    V1Role,
} from "@kubernetes/client-node";
import { accessesOf, permissionsOf } from "#checks/permissions.ts";
import { manifests, manifestsText } from "#cli/verify/manifests.ts";
import { stackConfig } from "#stack/read-stack.ts";
import { OTHER } from "../../model/context.ts";

const config = { ...(await stackConfig("prod")), guard: { enabled: true } };
const options = { stack: "dev", mesh: { config, context: OTHER } };

interface V1PodMonitor extends KubernetesObject {
    readonly spec: PodMonitor["spec"];
}

/** What a rule allows, one line a verb. */
function allowedBy(namespace: string, rules: readonly V1PolicyRule[] = []): readonly string[] {
    return rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [""], verbs }) =>
        verbs.map((verb) => [namespace, apiGroups, resources, resourceNames, verb].join(" ")),
    );
}

describe("the objects that run mesh verify in a cluster", () => {
    it("allow exactly what the checks do, where they do it", () => {
        const allowed = manifests(options).flatMap((object) =>
            object.kind === "Role" || object.kind === "ClusterRole"
                ? allowedBy(
                      object.metadata?.namespace ?? "",
                      (object as V1Role | V1ClusterRole).rules,
                  )
                : [],
        );
        const done = accessesOf(permissionsOf(config), OTHER).map(
            ({ namespace = "", group, resource, subresource, name = "", verb }) =>
                [
                    namespace,
                    group,
                    [resource, subresource].filter(Boolean).join("/"),
                    name,
                    verb,
                ].join(" "),
        );
        deepStrictEqual([...allowed].sort(), [...done].sort());
    });

    it("are a CronJob that runs once, or a Deployment that watches", () => {
        const once = manifests(options).at(-1) as V1CronJob;
        strictEqual(once.kind, "CronJob");
        deepStrictEqual(once.spec?.jobTemplate.spec?.template.spec?.containers[0]?.args, [
            "verify",
            "--stack",
            "dev",
        ]);
        const watching = manifests({ ...options, every: "1m", probeImage: "node" }).at(-1);
        strictEqual(watching?.kind, "Deployment");
        const { template } = (watching as V1Deployment).spec ?? {};
        strictEqual(template?.metadata?.labels?.["sidecar.istio.io/inject"], "false");
        deepStrictEqual(template.spec?.containers[0]?.args, [
            ...["verify", "--stack", "dev"],
            ...["--every", "1m", "--metrics-address", "0.0.0.0:9188"],
            ...["--probe-image", "node"],
        ]);
    });

    it("say once what Prometheus scrapes: by annotations, or to the operator", () => {
        const seen = (prometheusOperator: typeof config.prometheusOperator) => {
            const mesh = { config: { ...config, prometheusOperator }, context: OTHER };
            const objects = manifests({ ...options, mesh, every: "1m" });
            const deployment = objects.find(({ kind }) => kind === "Deployment") as V1Deployment;
            const monitor = objects.find(({ kind }) => kind === "PodMonitor");
            const template = deployment.spec?.template;
            return { monitor, template, annotations: template?.metadata?.annotations };
        };
        const plain = seen({ enabled: false, labels: {} });
        strictEqual(plain.monitor, undefined);
        strictEqual(plain.annotations?.["prometheus.io/port"], "9188");
        const { monitor, template, annotations } = seen({
            enabled: true,
            labels: { release: "prometheus" },
        });
        strictEqual(annotations, undefined);
        ok(monitor !== undefined);
        const { metadata, spec } = monitor as V1PodMonitor;
        new PodMonitor({ metadata: {}, spec }).validate();
        deepStrictEqual(metadata?.labels, { release: "prometheus" });
        deepStrictEqual(spec.selector.matchLabels, {
            app: template?.metadata?.labels?.["app"],
        });
        deepStrictEqual(
            spec.podMetricsEndpoints?.map(({ port }) => port),
            template?.spec?.containers[0]?.ports?.map(({ name }) => name),
        );
    });

    it("are one YAML document each", () => {
        const documents = manifestsText(options).split("---\n");
        strictEqual(documents.length, manifests(options).length);
        ok(documents.every((text) => text.startsWith("apiVersion: ")));
        match(documents[0] ?? "", /kind: ServiceAccount\n.*\n.*\n +namespace: mesh-system/);
    });
});
