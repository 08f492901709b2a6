import assert from "node:assert/strict";
import { renderBookinfo, renderStack } from "../../render/render.ts";
import type { RenderedResource, Rendering } from "../../render/rendering.ts";

const PROGRAMS: Readonly<Record<string, () => Promise<Rendering>>> = {
    dev: () => renderStack("dev"),
    prod: () => renderStack("prod"),
    local: () => renderStack("local"),
    bookinfo: renderBookinfo,
};

/** What has to be there before Istio's webhooks can be asked anything. */
const GATE = [
    "platform-application-namespace",
    "platform-injection-guard-image-binding",
    "platform-injection-guard-sidecar-binding",
    "platform-istiod",
];

/** Everything that is there before a resource, directly or through others. */
function allBefore(name: string, resources: readonly RenderedResource[]): Set<string> {
    const found = new Set<string>();
    const visit = (current: string): void => {
        for (const next of resources.find((one) => one.name === current)?.dependsOn ?? []) {
            if (!found.has(next)) {
                found.add(next);
                visit(next);
            }
        }
    };
    visit(name);
    return found;
}

function assertAfter(
    resource: RenderedResource,
    names: readonly string[],
    resources: readonly RenderedResource[],
): void {
    const there = allBefore(resource.name, resources);
    const missing = names.filter((name) => !there.has(name));
    assert.deepEqual(missing, [], `${resource.name} does not wait for ${missing.join(", ")}`);
}

for (const [program, render] of Object.entries(PROGRAMS)) {
    describe(`the resources of ${program}`, () => {
        let rendering: Rendering;
        beforeEach(async () => {
            rendering = await render();
        });

        it("are named after their parent, which is a component", () => {
            for (const { name, parent, custom } of rendering.resources) {
                if (parent === undefined) {
                    assert.equal(custom, false, `${name} lies directly below the stack`);
                    continue;
                }
                assert.ok(name.startsWith(`${parent}-`), `${name} is a child of ${parent}`);
                const owner = rendering.resources.find((one) => one.name === parent);
                assert.equal(owner?.custom, false, `${parent} is a component`);
            }
        });

        it("hand their outputs over once, when all their children are there", () => {
            const components = rendering.resources.filter(({ custom }) => !custom);
            const calls = [...rendering.outputsCalls].sort((a, b) =>
                a.component < b.component ? -1 : 1,
            );
            assert.deepEqual(
                calls,
                components.map(({ name }) => ({
                    component: name,
                    calls: 1,
                    childrenAfterwards: false,
                })),
            );
        });

        it("wait for Istio's webhooks where they need them", () => {
            const { resources } = rendering;
            const needing = resources.filter(
                ({ type, name }) =>
                    type.includes(".istio.io/") ||
                    type.endsWith(":Deployment") ||
                    name === "platform-gateway",
            );
            assert.ok(needing.length > 10);
            for (const resource of needing) {
                assertAfter(resource, GATE, resources);
            }
        });

        it("put a pod behind its identity, its callers and its scope", () => {
            const { resources } = rendering;
            for (const deployment of resources.filter(({ type }) => type.endsWith(":Deployment"))) {
                const siblings = resources.filter(({ parent }) => parent === deployment.parent);
                const first = siblings.filter(({ type }) =>
                    /:(ServiceAccount|AuthorizationPolicy|PeerAuthentication|Sidecar)$/.test(type),
                );
                assert.ok(first.some(({ type }) => type.endsWith(":ServiceAccount")));
                assertAfter(
                    deployment,
                    [...first.map(({ name }) => name), "baseline-deny-all"],
                    resources,
                );
            }
        });

        it("put routes behind the subsets and pods they lead to", () => {
            const { resources } = rendering;
            for (const route of resources.filter(({ type }) => type.endsWith(":VirtualService"))) {
                const targets = resources.filter(
                    ({ parent, type }) =>
                        parent === route.parent && /:(DestinationRule|Deployment)$/.test(type),
                );
                assert.ok(targets.length >= 2, route.name);
                assertAfter(
                    route,
                    targets.map(({ name }) => name),
                    resources,
                );
            }
        });

        it("have names in the cluster that Pulumi does not make up", () => {
            for (const { name, type, inputs } of rendering.resources) {
                if (type === "kubernetes:helm.sh/v3:Release") {
                    assert.match((inputs as { name: string }).name, /^[a-z][a-z0-9-]*$/, name);
                } else if (type.startsWith("kubernetes:")) {
                    const { metadata } = inputs as { metadata?: { name?: unknown } };
                    assert.equal(typeof metadata?.name, "string", name);
                }
            }
        });
    });
}
