import assert from "node:assert/strict";
import { renderBookinfo } from "../../render/render.ts";
import type { RenderedResource } from "../../render/rendering.ts";

interface Deployment {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly replicas: number;
        readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
        readonly template: {
            readonly metadata: { readonly labels: Readonly<Record<string, string>> };
            readonly spec: { readonly containers: readonly { readonly image: string }[] };
        };
    };
}

describe("a second catalogue", () => {
    let resources: readonly RenderedResource[];
    const inputs = (name: string): unknown => {
        const found = resources.find((resource) => resource.name === name);
        assert.ok(found, `${name} is there`);
        return found.inputs;
    };
    const spec = (name: string): unknown => (inputs(name) as { readonly spec: unknown }).spec;

    before(async () => {
        ({ resources } = await renderBookinfo());
    });

    it("runs each version of reviews in a Deployment whose selector meets its own pods alone", () => {
        const deployments = ["v1", "v2", "v3"].map(
            (version) => inputs(`reviews-deployment-${version}`) as Deployment,
        );
        assert.deepEqual(
            deployments.map(({ metadata, spec: { selector, replicas, template } }) => ({
                name: metadata.name,
                replicas,
                selector: selector.matchLabels,
                labels: template.metadata.labels,
                image: template.spec.containers[0]?.image,
            })),
            ["v1", "v2", "v3"].map((version) => ({
                name: `reviews-${version}`,
                replicas: 2,
                selector: { app: "reviews", version },
                labels: { app: "reviews", version },
                image: `docker.io/istio/examples-bookinfo-reviews-${version}:1.20.3`,
            })),
        );
    });

    it("splits the traffic to reviews over its subsets, half of it to v1", () => {
        const host = "reviews.bookinfo.svc.cluster.local";
        const to = (subset: string, weight: number): object => ({
            destination: { host, subset, port: { number: 9080 } },
            weight,
        });
        const { http } = spec("reviews-virtual-service") as {
            readonly http: readonly { readonly name: string; readonly route?: unknown }[];
        };
        const [experiment, ...routes] = http;
        assert.equal(experiment?.name, "experiment");
        assert.equal(routes.length, 2);
        for (const { route } of routes) {
            assert.deepEqual(route, [to("v1", 50), to("v2", 30), to("v3", 20)]);
        }
        const { subsets } = spec("reviews-destination-rule") as { readonly subsets: unknown };
        assert.deepEqual(
            subsets,
            ["v1", "v2", "v3"].map((name) => ({ name, labels: { version: name } })),
        );
    });

    it("has one Service for all versions", () => {
        assert.deepEqual((spec("reviews-service") as { readonly selector: unknown }).selector, {
            app: "reviews",
        });
    });

    it("lets in who is declared: the gateway to productpage, productpage to two, reviews to ratings", () => {
        const allowed = resources
            .filter(({ type }) => type.endsWith(":AuthorizationPolicy"))
            .map(({ name, inputs: given }) => ({
                name,
                principals: JSON.stringify(given).match(
                    /(?<![a-z.])[a-z.]+\/ns\/[a-z-]+\/sa\/[a-z-]+/g,
                ),
            }));
        assert.deepEqual(allowed, [
            { name: "baseline-deny-all", principals: null },
            {
                name: "details-allow-productpage-to-details",
                principals: ["cluster.local/ns/bookinfo/sa/productpage"],
            },
            {
                name: "productpage-allow-gateway-to-productpage",
                principals: ["cluster.local/ns/istio-system/sa/istio-ingressgateway"],
            },
            {
                name: "ratings-allow-reviews-to-ratings",
                principals: ["cluster.local/ns/bookinfo/sa/reviews"],
            },
            {
                name: "reviews-allow-productpage-to-reviews",
                principals: ["cluster.local/ns/bookinfo/sa/productpage"],
            },
        ]);
    });

    it("shows one host at the gateway", () => {
        const hosts = (name: string): unknown =>
            (spec(`${name}-virtual-service`) as { readonly hosts: unknown }).hosts;
        assert.deepEqual(hosts("productpage"), ["productpage", "bookinfo.a4co.local"]);
        assert.deepEqual(hosts("ratings"), ["ratings"]);
    });
});
