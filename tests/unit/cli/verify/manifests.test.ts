import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import type {
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

    it("are one YAML document each", () => {
        const documents = manifestsText(options).split("---\n");
        strictEqual(documents.length, manifests(options).length);
        ok(documents.every((text) => text.startsWith("apiVersion: ")));
        match(documents[0] ?? "", /kind: ServiceAccount\n.*\n.*\n +namespace: mesh-system/);
    });
});
