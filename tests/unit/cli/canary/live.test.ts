import assert from "node:assert/strict";
import type { Divergence } from "#cli/canary/live.ts";
import { divergenceOf, readRelease } from "#cli/canary/live.ts";
import type { CanaryStatus } from "#cli/canary/status.ts";
import { statusLines } from "#cli/canary/status.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { describeObject } from "#live/kubernetes/objects.ts";
import { withCanary } from "#model/canary.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import { virtualServiceSpec } from "#model/routing.ts";
import { inventory } from "#services/inventory.ts";
import type { ReleaseState } from "#stack/stack-file.ts";
import { FakeObjects } from "../../checks/fake-objects.ts";
import { CONTEXT as context } from "../../model/context.ts";

const NEW = "ghcr.io/a4co/inventory-service:1.1.0";
const NONE: ReleaseState = { canary: undefined, image: undefined };
const PULUMI = "pulumi-kubernetes-2e844f4c";

function at(weight: number): ReleaseState {
    return { canary: { image: NEW, weight }, image: undefined };
}

/** What a field manager owns, as a path of keys. */
function owned(manager: string, ...keys: readonly string[]): object {
    const fieldsV1 = keys.reduceRight<object>((inner, key) => ({ [key]: inner }), {});
    return { manager, operation: "Update", fieldsV1 };
}

/** The objects of a state as Pulumi deploys them. */
function objectsOf({ canary }: ReleaseState): LiveObject[] {
    const service = withCanary(inventory, canary);
    const { namespace } = context;
    const metadata = { name: service.name, namespace };
    return [
        {
            apiVersion: API_VERSIONS.VirtualService,
            kind: "VirtualService",
            metadata: { ...metadata, managedFields: [owned(PULUMI, "f:spec", "f:http")] },
            spec: virtualServiceSpec(service, context),
        },
        {
            apiVersion: API_VERSIONS.DestinationRule,
            kind: "DestinationRule",
            metadata: { ...metadata, managedFields: [owned(PULUMI, "f:spec", "f:subsets")] },
            spec: destinationRuleSpec(service, context),
        },
        ...service.versions.map((version) => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: `${service.name}-${version.name}`, namespace },
            spec: {
                replicas: 2,
                template: { spec: { containers: [{ image: version.image ?? service.image }] } },
            },
            status: { readyReplicas: 1 },
        })),
    ];
}

/** A cluster with these objects and their own field managers. */
function cluster(objects: readonly LiveObject[]): FakeObjects {
    const fake = new FakeObjects();
    objects.forEach((object) => fake.stored.set(describeObject(object), object));
    return fake;
}

async function divergence(
    objects: readonly LiveObject[],
    state: ReleaseState,
): Promise<Divergence | undefined> {
    const live = await readRelease(cluster(objects), inventory, context);
    return divergenceOf(live, state, inventory, context);
}

/** The objects of a state, one of them with another field manager beside Pulumi. */
function writtenBy(
    state: ReleaseState,
    kind: string,
    manager: string,
    ...keys: readonly string[]
): LiveObject[] {
    return objectsOf(state).map((object) =>
        object.kind === kind
            ? {
                  ...object,
                  metadata: { ...object.metadata, managedFields: [owned(manager, ...keys)] },
              }
            : object,
    );
}

describe("a release as the cluster has it", () => {
    it("has the canary's share and pods, and is what was declared", async () => {
        const objects = objectsOf(at(5));
        const { weight, ready, wanted } = await readRelease(cluster(objects), inventory, context);
        assert.deepEqual([weight, ready, wanted], [5, 1, 2]);
        assert.equal(await divergence(objects, at(5)), undefined);
        assert.equal(await divergence(objectsOf(NONE), NONE), undefined);
    });

    it("is an interrupted deployment's where Pulumi alone wrote it", async () => {
        const found = await divergence(objectsOf(at(5)), at(25));
        assert.deepEqual([found?.interrupted, found?.writers], [true, []]);
    });

    it("is not where somebody else wrote the weights, the subsets or an image", async () => {
        const container = ["f:spec", "f:template", "f:spec", "f:containers"];
        const cases: [LiveObject[], ReleaseState][] = [
            [writtenBy(at(5), "VirtualService", "kubectl-patch", "f:spec", "f:http"), at(25)],
            [writtenBy(NONE, "DestinationRule", "kubectl-patch", "f:spec", "f:subsets"), at(0)],
            [writtenBy(NONE, "Deployment", "kubectl-patch", ...container), at(0)],
        ];
        for (const [objects, state] of cases) {
            const found = await divergence(objects, state);
            assert.deepEqual([found?.interrupted, found?.writers], [false, ["kubectl-patch"]]);
        }
    });

    it("is still an interrupted deployment's where others wrote what no release is about", async () => {
        const replicas = writtenBy(at(5), "Deployment", "autoscaler", "f:spec", "f:replicas");
        assert.equal((await divergence(replicas, at(25)))?.interrupted, true);
    });

    it("is not an interrupted deployment's where it is all gone", async () => {
        assert.equal((await divergence([], at(25)))?.interrupted, false);
    });
});

describe("the status of a canary", () => {
    async function lines(objects: readonly LiveObject[], state: ReleaseState): Promise<string> {
        const found = await divergence(objects, state);
        const status: CanaryStatus = {
            service: inventory.name,
            image: inventory.image,
            canary: state.canary,
            phase: state.canary === undefined ? "none" : "running",
            live: { weight: 5, image: NEW, ready: 1, wanted: 1 },
            deployed: found === undefined,
            divergence: found,
            numbers: undefined,
        };
        return statusLines(status, "local").join("\n");
    }

    it("names the routes that differ, and who wrote them", async () => {
        const foreign = writtenBy(at(5), "VirtualService", "kubectl-patch", "f:spec", "f:http");
        const text = await lines(foreign, at(25));
        assert.match(text, /not what the stack says, written by kubectl-patch:/);
        assert.match(text, /route inventory: canary 5 %, v1 95 % instead of canary 25 %, v1 75 %/);
        assert.match(text, /route inventory-idempotent: canary 5 %/);
        assert.match(text, /next: "mesh up" brings back what the stack says; or mesh canary abort/);
        assert.match(await lines(objectsOf(at(5)), at(25)), /, an interrupted deployment:/);
        assert.match(await lines(objectsOf(at(50)), at(25)), /, no deployment leaves that:/);
        assert.doesNotMatch(await lines(objectsOf(at(5)), at(5)), /not what/);
    });

    it("names what a service without a canary still has of one", async () => {
        assert.match(await lines(objectsOf(at(0)), NONE), /subset canary: version=canary instead/);
        assert.doesNotMatch(await lines(objectsOf(NONE), NONE), /not what/);
    });
});
