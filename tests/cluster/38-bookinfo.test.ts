import assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { SECTION_NAMES } from "#checks/check.ts";
import type { Check, Outcome } from "#checks/check.ts";
import { verify } from "#checks/engine.ts";
import type { VerifyRun } from "#checks/engine.ts";
import { checksOf } from "#checks/filter.ts";
import { proxyOf } from "#live/proxies/envoy.ts";
import { IMAGES } from "#local/versions.ts";
import { identityOf, principalOf } from "#model/authorization.ts";
import { clusterHost } from "#model/mesh.ts";
import {
    apply,
    bookinfo,
    bookinfoObjects,
    certifyBoth,
    deployBookinfo,
    removeBookinfo,
    statusOfProductpage,
} from "./bookinfo.ts";
import type { LiveObject } from "./objects.ts";
import { eventually, kubeConfig } from "./support.ts";

/** What a day or a machine decides: Kubernetes' end of life, and a program that is there or not. */
const JUDGED_SOMEWHERE: readonly string[] = ["preflight/kubernetes-version", "config/analyzers"];

/** Proxies may still be told of what was restored a moment ago. */
const RESTORED_WITHIN_SECONDS = 60;

/** An AuthorizationPolicy's specification, as far as it is widened here. */
interface AllowSpec {
    readonly rules: readonly [
        {
            readonly from: readonly [{ readonly source: { readonly principals: string[] } }];
            readonly to: readonly [{ readonly operation: { readonly methods: string[] } }];
        },
    ];
}

describe("a second catalogue beside the first", () => {
    let objects: LiveObject[] = [];
    let checks: readonly Check[];
    let certifyOne: () => Promise<void> = () => Promise.resolve();

    before(async () => {
        checks = await checksOf(bookinfo);
        objects = await bookinfoObjects();
        certifyOne = await certifyBoth();
        await deployBookinfo(objects);
    });

    after(async () => {
        try {
            await certifyOne();
        } finally {
            await removeBookinfo(objects);
        }
    });

    function verifyBookinfo(waitSeconds = 0): Promise<VerifyRun> {
        return verify({
            mesh: bookinfo,
            kubeConfig: kubeConfig(),
            probeImage: IMAGES.probe,
            checks,
            signal: new AbortController().signal,
            waitSeconds,
        });
    }

    function object(kind: string, name: string): LiveObject & { readonly spec: unknown } {
        const found = objects.find(
            (candidate) => candidate.kind === kind && candidate.metadata.name === name,
        );
        assert.ok(found && "spec" in found, `the program makes ${kind} ${name}`);
        return found;
    }

    it("every check holds, and only what the platform lacks is left out", async () => {
        const run = await verifyBookinfo();
        assert.deepEqual(idsOf(run, "failed"), {});
        assert.equal(run.leftover, undefined);
        assert.deepEqual(
            Object.keys(idsOf(run, "skipped")).filter((id) => !JUDGED_SOMEWHERE.includes(id)),
            [],
        );
        for (const section of SECTION_NAMES) {
            assert.ok(
                Object.keys(idsOf(run, "passed")).some((id) => id.startsWith(`${section}/`)),
                `nothing of ${section} was judged`,
            );
        }
    });

    it("metrics below the prefix / are hidden at the edge, however they are written", async () => {
        assert.equal(await statusOfProductpage("https", "/productpage"), 200);
        // Of a path that nobody hides the service's own proxy says that it is not allowed.
        assert.equal(await statusOfProductpage("https", "/elsewhere"), 403);
        for (const path of ["/metrics", "//metrics", "/metrics/", "/metrics/below", "/metrics?x"]) {
            assert.equal(await statusOfProductpage("https", path), 404, path);
        }
    });

    it("whatever is weakened is found, and nothing else", async () => {
        const { context } = bookinfo;
        const allow = object("AuthorizationPolicy", "allow-productpage-to-details");
        const denyAll = object("AuthorizationPolicy", "deny-all");
        const strict = object("PeerAuthentication", "default");
        const routes = object("VirtualService", "reviews");
        try {
            await apply(widened(allow, principalOf(identityOf("ratings", context), context)));
            await KubernetesObjectApi.makeApiClient(kubeConfig()).delete(denyAll);
            await apply({ ...strict, spec: { mtls: { mode: "PERMISSIVE" } } } as LiveObject);
            await apply(replaced(routes, '"timeout":"4s"', '"timeout":"40s"'));
            await eventually("productpage knows the new timeout", 60, async () => {
                const host = `${clusterHost("reviews", context)}:9080`;
                const proxy = await proxyOf(kubeConfig(), "productpage", context);
                return proxy.routes(host).some(({ route }) => route?.timeout === "40s");
            });
            const found = Object.keys(idsOf(await verifyBookinfo(), "failed"));
            assert.deepEqual(found, [
                ...bookinfo.catalog.services.map(({ name }) => `identity/plaintext/${name}`),
                `identity/plaintext-default/${context.namespace}`,
                "authorization/methods/productpage:details",
                "authorization/undeclared/ratings:details",
                "authorization/default",
                // Every proxy has lost the deny-all, and takes plain text.
                ...bookinfo.catalog.services.flatMap(({ name }) => [
                    `closed/access/${name}`,
                    `closed/doors/${name}`,
                ]),
                "closed/objects/networking",
                "closed/objects/security",
                "resilience/timeouts/productpage:reviews",
            ]);
        } finally {
            for (const original of [allow, denyAll, strict, routes]) {
                await apply(original);
            }
        }
    });

    it("once it is restored every check holds again", async () => {
        assert.deepEqual(idsOf(await verifyBookinfo(RESTORED_WITHIN_SECONDS), "failed"), {});
    });
});

/** The checks that ended in a certain way, each with what was said about it. */
function idsOf({ results }: VerifyRun, status: Outcome["status"]): Record<string, Outcome> {
    return Object.fromEntries(
        results
            .filter(({ outcome }) => outcome.status === status)
            .map(({ check, outcome }) => [check.id, outcome]),
    );
}

/** The policy with one method and one caller too many. */
function widened(
    policy: LiveObject & { readonly spec: unknown },
    principal: string,
): LiveObject & KubernetesObject {
    const spec = structuredClone(policy.spec) as AllowSpec;
    spec.rules[0].from[0].source.principals.push(principal);
    spec.rules[0].to[0].operation.methods.push("HEAD");
    return { ...policy, spec } as LiveObject;
}

/** The object with one text in it replaced by another; it must occur. */
function replaced(object: LiveObject, old: string, by: string): LiveObject {
    const text = JSON.stringify(object);
    assert.ok(text.includes(old), `${object.metadata.name} has ${old}`);
    return JSON.parse(text.replaceAll(old, by)) as LiveObject;
}
