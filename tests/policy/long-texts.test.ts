import assert from "node:assert/strict";
import { checkResources } from "#policy/check.ts";
import { readConfiguration } from "#policy/configuration.ts";
import { rules } from "#policy/rules/index.ts";
import { manifest, release } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";

const LENGTH = 100_000;
/** A regular expression that looks again from every character takes minutes for these. */
const TEXTS = ["/", "-1.1.1", "(|", "{"].map(
    (part) => `${part.repeat(LENGTH / part.length)}\u0001`,
);

function objectsWith(text: string): Manifest[] {
    return [
        release(text, "istio-system/istiod", { global: { hub: text, tag: text }, [text]: text }),
        release(`${text}.tgz`, text, {}, { version: text, repositoryOpts: { repo: text } }),
        manifest("networking.istio.io/v1", "VirtualService", `a4co/${text}`, {
            hosts: [text],
            http: [
                { match: [{ uri: { regex: text } }], timeout: text, retries: { retryOn: text } },
            ],
        }),
        manifest("security.istio.io/v1", "AuthorizationPolicy", "a4co/a", {
            rules: [
                {
                    from: [{ source: { principals: [text], ipBlocks: [text] } }],
                    to: [{ operation: { paths: [text], methods: [text], hosts: [text] } }],
                    when: [{ key: text, values: [text] }],
                },
            ],
        }),
        manifest("networking.istio.io/v1", "Gateway", "a4co/a", {
            servers: [{ hosts: [text], port: { number: 443, protocol: text, name: text } }],
        }),
        manifest("networking.istio.io/v1", "DestinationRule", "a4co/a", {
            host: text,
            trafficPolicy: { outlierDetection: { interval: text, baseEjectionTime: text } },
        }),
        manifest("networking.istio.io/v1", "ServiceEntry", "a4co/a", {
            hosts: [text],
            addresses: [text],
        }),
        manifest("v1", "Service", `a4co/${text}`, { ports: [{ name: text, port: 80 }] }),
        manifest("apps/v1", "Deployment", "a4co/a", {
            template: {
                metadata: {
                    annotations: { "proxy.istio.io/config": text, "sidecar.istio.io/inject": text },
                },
                spec: {
                    containers: [{ name: text, image: text, securityContext: { runAsUser: text } }],
                },
            },
        }),
    ];
}

describe("texts of 100 KB", () => {
    for (const text of TEXTS) {
        it(`are judged in seconds: ${JSON.stringify(text.slice(0, 6))}`, () => {
            const resources = objectsWith(text).map(({ type, name, props }) => ({
                type,
                name,
                urn: `urn:pulumi:a::b::${type}::${name}`,
                props,
            }));
            const configured = readConfiguration({}, rules, () => undefined);
            const before = performance.now();
            checkResources(rules, resources, { ...configured, now: new Date("2026-11-30") });
            const seconds = (performance.now() - before) / 1000;
            assert.ok(seconds < 5, `${seconds.toFixed(1)} s`);
        });
    }
});
