import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { V1Deployment, V1EndpointSlice, V1Pod, V1Service } from "@kubernetes/client-node";
import { webhookProblem } from "#checks/sections/install/ca-bundle.ts";
import { deploymentProblem, restarting } from "#checks/sections/install/deployment.ts";
import { isProxyImage } from "#checks/sections/install/proxy-image.ts";
import { judgeService } from "#checks/sections/install/service-ports.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Later than the start of certificates that are made while the tests run. */
const NOW = Date.now() + 60_000;

function authority(name: string): string {
    const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 100".split(
        " ",
    );
    return execFileSync("openssl", [...words, "-subj", `/O=${name}`, "-keyout", "/dev/null"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
    });
}

describe("install of mesh verify", () => {
    describe("a webhook of istiod's", () => {
        let own: string;
        let other: string;

        before(() => {
            own = authority("cluster.local");
            other = authority("somebody else");
        });

        function problem(
            bundle: string,
            { roots = own, failurePolicy = "Fail", now = NOW } = {},
        ): string | undefined {
            const caBundle = Buffer.from(bundle).toString("base64");
            return webhookProblem({ name: "x", caBundle, failurePolicy }, roots, now);
        }

        it("is sound with istiod's CA, whatever surrounds it", () => {
            strictEqual(problem(own), undefined);
            strictEqual(problem(`\n${own}\n`, { roots: `${other}${own}` }), undefined);
        });

        it("is told from one that trusts another CA, be it besides", () => {
            match(problem(other) ?? "", /not istiod's: O=somebody else/);
            match(problem(`${own}${other}`) ?? "", /not istiod's/);
            match(problem(own, { roots: "" }) ?? "", /not istiod's/);
        });

        it("needs a CA that can be read", () => {
            match(problem("") ?? "", /empty/);
            match(problem("bundle") ?? "", /no certificate/);
            match(
                problem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") ?? "",
                /no certificate/,
            );
        });

        it("needs a CA that is valid now and for 30 days more", () => {
            strictEqual(problem(own, { now: NOW + 69 * DAY }), undefined);
            match(problem(own, { now: NOW + 71 * DAY }) ?? "", /ends at/);
            match(problem(own, { now: NOW + 200 * DAY }) ?? "", /ends at/);
            match(problem(own, { now: NOW - DAY }) ?? "", /not valid before/);
        });

        it("must fail closed", () => {
            match(problem(own, { failurePolicy: "Ignore" }) ?? "", /failurePolicy is Ignore/);
            match(webhookProblem({ name: "x" }, own, NOW) ?? "", /failurePolicy is absent/);
        });
    });

    describe("a Deployment", () => {
        const whole = {
            metadata: { generation: 3 },
            spec: { replicas: 2, selector: {}, template: {} },
            status: {
                observedGeneration: 3,
                updatedReplicas: 2,
                readyReplicas: 2,
                availableReplicas: 2,
                conditions: [{ type: "Available", status: "True" }],
            },
        } satisfies V1Deployment;

        it("is whole with all replicas there", () => {
            strictEqual(deploymentProblem(whole), undefined);
        });

        const lacking: readonly (readonly [V1Deployment, RegExp])[] = [
            [{ ...whole, spec: { replicas: 0, selector: {}, template: {} } }, /scaled to 0/],
            [{ ...whole, metadata: { generation: 4 } }, /not been seen/],
            [{ ...whole, status: { ...whole.status, conditions: [] } }, /not available/],
            [
                { ...whole, status: { ...whole.status, readyReplicas: 1 } },
                /1 of 2 replicas are ready/,
            ],
            [{ ...whole, status: { ...whole.status, updatedReplicas: 1 } }, /are updated/],
        ];
        for (const [deployment, reason] of lacking) {
            it(`is not whole: ${reason.source}`, () => {
                match(deploymentProblem(deployment) ?? "", reason);
            });
        }
    });

    describe("a pod", () => {
        function restarted(agoMinutes: number, waiting?: string): V1Pod {
            const finishedAt = new Date(NOW - agoMinutes * 60_000);
            return {
                metadata: { name: "istiod-1" },
                status: {
                    containerStatuses: [
                        {
                            name: "discovery",
                            image: "",
                            imageID: "",
                            ready: true,
                            restartCount: 2,
                            lastState: { terminated: { exitCode: 1, finishedAt } },
                            ...(waiting !== undefined && {
                                state: { waiting: { reason: waiting } },
                            }),
                        },
                    ],
                },
            };
        }

        it("stays up when its last restart is long ago", () => {
            deepStrictEqual(restarting([restarted(60)], NOW), []);
            deepStrictEqual(restarting([restarted(60, "ContainerCreating")], NOW), []);
        });

        it("does not when it just restarted, or waits to", () => {
            match(restarting([restarted(1)], NOW).join(), /^istiod-1\/discovery restarted 2 times/);
            match(restarting([restarted(60, "CrashLoopBackOff")], NOW).join(), /CrashLoopBackOff/);
        });
    });

    describe("the gateway's Service", () => {
        const service = {
            spec: {
                type: "NodePort",
                ports: [
                    { name: "http2", port: 80, nodePort: 30080 },
                    { name: "https", port: 443, nodePort: 30443 },
                ],
            },
        } satisfies V1Service;
        const slice = {
            addressType: "IPv4",
            endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
            ports: [
                { name: "http2", port: 80 },
                { name: "https", port: 443 },
            ],
        } satisfies V1EndpointSlice;
        const declared = {
            serviceType: "NodePort",
            nodePorts: { http: 30080, https: 30443 },
        } as const;

        it("is sound as it is declared, with a ready pod", () => {
            strictEqual(judgeService(service, [slice], declared).problem, undefined);
        });

        it("must be of the declared type, with the declared node ports", () => {
            match(
                judgeService(service, [slice], { serviceType: "LoadBalancer" }).problem ?? "",
                /is a NodePort, not a LoadBalancer/,
            );
            const nodePorts = { http: 30080, https: 30444 };
            match(
                judgeService(service, [slice], { ...declared, nodePorts }).problem ?? "",
                /node port 30443, not 30444/,
            );
        });

        it("must have both ports, each with a ready pod behind it", () => {
            const half = { spec: { ...service.spec, ports: service.spec.ports.slice(0, 1) } };
            match(judgeService(half, [slice], declared).problem ?? "", /no port 443/);
            match(judgeService(service, [], declared).problem ?? "", /no ready pod/);
            const unready = [{ addresses: ["10.0.0.1"], conditions: { ready: false } }];
            match(
                judgeService(service, [{ ...slice, endpoints: unready }], declared).problem ?? "",
                /port 80 of the Service leads to no ready pod/,
            );
            const ports = [{ name: "http2", port: 80 }];
            match(
                judgeService(service, [{ ...slice, ports }], declared).problem ?? "",
                /port 443 of the Service leads to no ready pod/,
            );
        });
    });

    describe("the proxy's image", () => {
        it("is the declared one of the declared hub", () => {
            const image = { hub: "docker.io/istio", reference: "proxyv2:1.31.1-distroless" };
            strictEqual(isProxyImage("docker.io/istio/proxyv2:1.31.1-distroless", image), true);
            strictEqual(isProxyImage("docker.io/istio/proxyv2:1.31.1", image), false);
            strictEqual(isProxyImage("evil.example/istio/proxyv2:1.31.1-distroless", image), false);
        });

        it("may come from the chart's own hub where none is declared, or be pinned", () => {
            const image = { reference: "proxyv2:1.31.1" };
            strictEqual(isProxyImage("any.example/release/proxyv2:1.31.1", image), true);
            strictEqual(isProxyImage("any.example/release/notproxyv2:1.31.1", image), false);
            const pinned = `docker.io/istio/proxyv2@sha256:${"a".repeat(64)}`;
            strictEqual(isProxyImage(pinned, { reference: pinned }), true);
        });
    });
});
