import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { Outcome } from "#checks/check.ts";
import { accessesOf, describeMissing, permissionsOf } from "#checks/permissions.ts";
import { missingKinds, wantedKinds } from "#checks/sections/preflight/crds.ts";
import { judgeIstio, judgeKubernetes } from "#checks/sections/preflight/support.ts";
import { kubernetesLinesOf } from "#stack/istio-versions.ts";
import { kubernetesSupportEnds } from "#stack/kubernetes-versions.ts";

const WHERE = { namespace: "shop", controlPlaneNamespace: "mesh-system" };
const STACK = {
    ...WHERE,
    guard: { enabled: true },
    addons: { prometheus: true, grafana: true, jaeger: true, kiali: true },
};
const ALL = permissionsOf(STACK);

function seen(outcome: Outcome): string {
    return outcome.status === "skipped" ? outcome.reason : outcome.seen;
}

describe("preflight of mesh verify", () => {
    describe("the end of life of Kubernetes", () => {
        it("is unknown for a line of no known date", () => {
            strictEqual(kubernetesSupportEnds("1.99"), undefined);
        });

        it("comes later for each later line", () => {
            const ends = ["1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"].map(
                (line) => kubernetesSupportEnds(line) ?? "",
            );
            deepStrictEqual(ends, [...new Set(ends)].sort());
            ok(ends.every((end) => /^\d{4}-\d\d-\d\d$/.test(end)));
        });
    });

    describe("the cluster's Kubernetes", () => {
        const good = {
            version: "v1.35.3",
            istioVersion: "1.31.1",
            environment: "prod",
            today: "2026-12-01",
        } as const;

        const cases: readonly (readonly [
            string,
            Partial<typeof good> | object,
            Outcome["status"],
        ])[] = [
            ["a supported line", {}, "passed"],
            ["a vendor's build of it", { version: "v1.35.3+k3s1" }, "passed"],
            ["the last day of support", { today: "2027-02-28" }, "passed"],
            ["the day after", { today: "2027-03-01" }, "failed"],
            [
                "the day after, in staging",
                { today: "2027-03-01", environment: "staging" },
                "failed",
            ],
            ["the day after, in dev", { today: "2027-03-01", environment: "dev" }, "skipped"],
            [
                "a line older than Istio takes",
                { version: "v1.31.9", today: "2025-01-01" },
                "failed",
            ],
            ["the same in dev", { version: "v1.31.9", environment: "dev" }, "failed"],
            ["a line newer than Istio takes", { version: "v1.37.0" }, "failed"],
            ["minor lines compared as numbers", { version: "v1.4.0" }, "failed"],
            ["no version at all", { version: "" }, "failed"],
        ];
        for (const [title, change, status] of cases) {
            it(`${status}: ${title}`, () => {
                strictEqual(judgeKubernetes({ ...good, ...change }).status, status);
            });
        }

        it("has a range for each line of Istio that is supported, and for no other", () => {
            ok(kubernetesLinesOf("1.31.1"));
            ok(kubernetesLinesOf("1.30.4"));
            strictEqual(kubernetesLinesOf("1.29.0"), undefined);
        });
    });

    describe("the running Istio", () => {
        it("passes as the declared one, its build's suffix aside", () => {
            strictEqual(judgeIstio(["1.31.0-eed52ebb66ad", "1.31.0"], "1.31.0").status, "passed");
        });

        it("fails as another patch than the declared one", () => {
            strictEqual(judgeIstio(["1.31.1"], "1.31.0").status, "failed");
            strictEqual(judgeIstio(["1.31.0", "1.31.1"], "1.31.0").status, "failed");
            strictEqual(judgeIstio(["1.31.01"], "1.31.0").status, "failed");
        });

        it("fails past its end of life even where it is the declared one", () => {
            const outcome = judgeIstio(["1.29.0"], "1.29.0");
            strictEqual(outcome.status, "failed");
            match(outcome.expected, /ended on 2026-10-12/);
        });

        it("fails without any istiod", () => {
            strictEqual(judgeIstio([], "1.31.0").status, "failed");
            strictEqual(seen(judgeIstio([], "1.31.0")), "no istiod");
        });
    });

    describe("the permissions", () => {
        it("ask for a subresource, a name and a place in the review's own words", () => {
            deepStrictEqual(
                accessesOf(
                    [
                        {
                            group: "apps",
                            resource: "deployments/scale",
                            verbs: ["get", "patch"],
                            where: ["application", "cluster"],
                            name: "one",
                        },
                    ],
                    WHERE,
                ),
                [
                    ["get", "shop"],
                    ["patch", "shop"],
                    ["get", undefined],
                    ["patch", undefined],
                ].map(([verb, namespace]) => ({
                    group: "apps",
                    resource: "deployments",
                    subresource: "scale",
                    verb,
                    name: "one",
                    ...(namespace !== undefined && { namespace }),
                })),
            );
        });

        it("ask nothing twice", () => {
            const asked = accessesOf(ALL, WHERE).map((access) => JSON.stringify(access));
            strictEqual(new Set(asked).size, asked.length);
        });

        it("reach into other namespaces where somebody else's addons are asked there", () => {
            const asked = (prometheus: string, query: string): string[] => {
                const addons = {
                    ...STACK.addons,
                    prometheus: { address: prometheus },
                    jaeger: { otlp: "http://otel.observability.svc:4317", query },
                };
                const accesses = accessesOf(permissionsOf({ ...STACK, addons }), WHERE);
                const texts = accesses.map((access) => JSON.stringify(access));
                strictEqual(new Set(texts).size, texts.length);
                return describeMissing(accesses.slice(accessesOf(ALL, WHERE).length)).split("; ");
            };
            deepStrictEqual(
                asked("http://prometheus.monitoring.svc:9090", "https://jaeger.a4co.example"),
                [
                    "get services in namespace monitoring",
                    "list pods in namespace monitoring",
                    "get, create pods/portforward in namespace monitoring",
                ],
            );
            deepStrictEqual(
                asked("http://prometheus.mesh-system.svc:9090", "http://jaeger.shop.svc:16686"),
                [
                    "get services in namespace shop",
                    "get, create pods/portforward in namespace shop",
                ],
            );
        });

        it("are named by verbs, resource and namespace where they are missing", () => {
            const missing = accessesOf(ALL, WHERE).filter(
                ({ resource, subresource, namespace }) =>
                    (resource === "jobs" && namespace === "shop") ||
                    subresource === "log" ||
                    resource === "mutatingwebhookconfigurations",
            );
            strictEqual(
                describeMissing(missing),
                "get pods/log in namespace shop; get pods/log in namespace mesh-system; " +
                    "create, list, deletecollection jobs.batch in namespace shop; " +
                    "list mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster",
            );
        });
    });

    describe("the kinds of Istio's", () => {
        const wanted = wantedKinds();

        it("are those the program makes, each with group and version", () => {
            ok(wanted.some(({ kind }) => kind === "AuthorizationPolicy"));
            ok(
                wanted.every(({ apiVersion }) =>
                    /^[a-z]+\.istio\.io\/v1(alpha3)?$/.test(apiVersion),
                ),
            );
        });

        it("are missing where another version or another group serves them", () => {
            const served = new Map<string, string[]>();
            for (const { apiVersion, kind } of wanted) {
                served.set(apiVersion, [...(served.get(apiVersion) ?? []), kind]);
            }
            deepStrictEqual(missingKinds(wanted, served), []);
            served.set("networking.istio.io/v1beta1", served.get("networking.istio.io/v1") ?? []);
            served.delete("networking.istio.io/v1");
            deepStrictEqual(
                missingKinds(wanted, served).map(({ kind }) => kind),
                ["DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "VirtualService"],
            );
        });
    });
});
