import assert from "node:assert/strict";
import {
    declaredPicture,
    describeDifference,
    differencesOf,
    liveWeight,
    mayBeHalfDeployed,
    routesIn,
} from "#cli/canary/picture.ts";
import type { Picture } from "#cli/canary/picture.ts";
import {
    abortStages,
    promoteStages,
    startStages,
    stepStages,
    type RunningState,
} from "#cli/canary/plan.ts";
import { withCanary } from "#model/canary.ts";
import { virtualServiceSpec } from "#model/routing.ts";
import { inventory } from "#services/inventory.ts";
import type { ReleaseState } from "#stack/stack-file.ts";
import { CONTEXT as context } from "../../model/context.ts";

const [OLD, NEW] = [inventory.image, "ghcr.io/a4co/inventory-service:1.1.0"];
const HEADER = { name: "X-Canary", value: "1" };
const NONE: ReleaseState = { canary: undefined, image: undefined };
const PROMOTING: RunningState = {
    canary: { image: NEW, weight: 100, replaces: OLD },
    image: NEW,
};

function at(weight: number, more: object = {}): RunningState {
    return { canary: { image: NEW, weight, ...more }, image: undefined };
}

function picture(state: ReleaseState): Picture {
    return declaredPicture(inventory, state, context);
}

function weightIn({ canary }: ReleaseState): number | undefined {
    return liveWeight(virtualServiceSpec(withCanary(inventory, canary), context));
}

function mayBe(cluster: Picture, weight: number | undefined, state: ReleaseState): boolean {
    return mayBeHalfDeployed(cluster, weight, state, inventory, context);
}

describe("where requests go", () => {
    const route = (...subsets: readonly [string, number][]): object => ({
        route: subsets.map(([subset, weight]) => ({
            destination: { host: "inventory", subset },
            weight,
        })),
    });

    it("is for the canary what the last route says, whatever a header's route does", () => {
        const http = [{ delegate: {} }, route(["canary", 100]), route(["v1", 95], ["canary", 5])];
        assert.equal(liveWeight({ http }), 5);
        assert.equal(liveWeight({ http: [route(["v1", 100])] }), undefined);
    });

    it("has each route, also without a name or with another's, and foreign hosts", () => {
        const http = [
            { name: "a", ...route(["v1", 90], ["canary", 10]) },
            { name: "a", route: [{ destination: { host: "elsewhere" } }] },
            { redirect: {} },
        ];
        assert.deepEqual(
            [...routesIn({ http }, "inventory")],
            [
                ["a", "canary 10 %, v1 90 %"],
                ["number 2", "elsewhere without subset 100 %"],
                ["number 3", "to no version"],
            ],
        );
        assert.equal(routesIn(undefined, "inventory").size, 0);
    });
});

describe("what a cluster has otherwise than declared", () => {
    it("is nothing where it has the same", () => {
        assert.deepEqual(differencesOf(picture(at(5)), picture(at(5))), []);
    });

    it("is each route with other weights, and not only the last one", () => {
        const cluster = picture(at(5));
        const routes = new Map(cluster.routes).set("inventory-idempotent", "canary 30 %, v1 70 %");
        assert.deepEqual(
            differencesOf(picture(at(5)), { ...cluster, routes }).map(describeDifference),
            ["route inventory-idempotent: canary 30 %, v1 70 % instead of canary 5 %, v1 95 %"],
        );
    });

    it("is a subset, a Deployment and a header's route that are gone or too many", () => {
        const differences = differencesOf(picture(at(0, { header: HEADER })), picture(NONE));
        assert.deepEqual(differences.map(describeDifference), [
            "route inventory-canary-idempotent: none instead of canary 100 %",
            "route inventory-canary: none instead of canary 100 %",
            "route inventory-idempotent: v1 100 % instead of canary 0 %, v1 100 %",
            "route inventory: v1 100 % instead of canary 0 %, v1 100 %",
            "subset canary: none instead of version=canary",
            `image of canary: none instead of ${NEW}`,
        ]);
    });
});

describe("an interrupted deployment", () => {
    const header = { header: HEADER };
    const plans: Readonly<Record<string, readonly ReleaseState[]>> = {
        start: [NONE, ...startStages(NONE, { image: NEW, weight: 0 }).map(({ state }) => state)],
        "start with a header": [NONE, at(0, header)],
        "start with weight": [NONE, at(5)],
        step: [at(5), ...stepStages(at(5), 25).map(({ state }) => state)],
        "step with a header": [at(5, header), at(25, header)],
        promotion: [
            at(25, header),
            ...promoteStages(at(25, header), OLD).map(({ state }) => state),
        ],
        "roll-back": [
            at(25, header),
            ...abortStages(at(25, header), OLD).map(({ state }) => state),
        ],
        "roll-back of a promotion": [
            PROMOTING,
            ...abortStages(PROMOTING, OLD).map(({ state }) => state),
        ],
    };

    for (const [name, states] of Object.entries(plans)) {
        it(`explains what the stage before had, or part of it: ${name}`, () => {
            states.slice(1).forEach((state, index) => {
                const before = states[index] ?? NONE;
                const [earlier, later] = [picture(before), picture(state)];
                // Pods, then subsets, then routes.
                const left: readonly [Picture, ReleaseState][] = [
                    [earlier, before],
                    [{ ...earlier, images: new Map([...earlier.images, ...later.images]) }, before],
                    [{ ...later, routes: earlier.routes, images: earlier.images }, before],
                    [{ ...later, images: new Map([...earlier.images, ...later.images]) }, state],
                ];
                for (const [cluster, { canary }] of left) {
                    const weight = weightIn({ canary, image: undefined });
                    assert.ok(mayBe(cluster, weight, state), `stage ${index}`);
                }
            });
        });
    }

    it("does not explain weights that differ between routes", () => {
        const routes = new Map(picture(at(5)).routes).set("inventory", "canary 4 %, v1 96 %");
        assert.equal(mayBe({ ...picture(at(5)), routes }, 4, at(25)), false);
    });

    it("does not explain a canary that has more than the file says", () => {
        assert.equal(mayBe(picture(at(50)), 50, at(25)), false);
        assert.equal(mayBe(picture(at(50)), 50, NONE), false);
    });

    it("does not explain a route, a subset or pods that nobody declared", () => {
        const cluster = picture(at(5));
        const routes = new Map([...cluster.routes, ["hack", "v1 100 %"]]);
        const subsets = new Map([...cluster.subsets, ["v9", "version=v9"]]);
        const images = new Map([...cluster.images, ["v1", NEW]]);
        for (const changed of [{ routes }, { subsets }, { images }]) {
            assert.equal(mayBe({ ...cluster, ...changed }, 5, at(25)), false);
        }
    });

    it("does not explain a canary whose subset or pods are gone under its routes", () => {
        const cluster = picture(at(5));
        assert.equal(mayBe({ ...cluster, subsets: picture(NONE).subsets }, 5, at(5)), false);
        assert.equal(mayBe({ ...cluster, images: picture(NONE).images }, 5, at(5)), false);
    });

    it("does not explain another image of the canary, or of the service", () => {
        const other = "ghcr.io/a4co/inventory-service:0.9.0";
        const canary = { image: other, weight: 5 };
        assert.equal(mayBe(picture({ canary, image: undefined }), 5, at(25)), false);
        assert.equal(mayBe(picture({ ...PROMOTING, image: other }), 100, PROMOTING), false);
    });
});
