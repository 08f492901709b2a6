import assert from "node:assert/strict";
import type { EnvoyFilterChain, EnvoyRbac } from "#live/proxies/envoy-types.ts";
import { openChains } from "#live/proxies/inbound.ts";

const NOBODY = { permissions: [{ not_rule: { any: true } }] };
const ANYBODY = { permissions: [{ any: true }] };

function chains(rbac: EnvoyRbac | undefined): EnvoyFilterChain[] {
    return [
        {
            name: "virtualInbound-blackhole",
            filters: [{ name: "envoy.filters.network.tcp_proxy" }],
        },
        {
            name: "virtualInbound-catchall-http",
            filters: [
                {
                    name: "envoy.filters.network.http_connection_manager",
                    typed_config: {
                        http_filters: [
                            ...(rbac
                                ? [{ name: "envoy.filters.http.rbac", typed_config: rbac }]
                                : []),
                            { name: "envoy.filters.http.router" },
                        ],
                    },
                },
            ],
        },
        {
            name: "virtualInbound",
            filters: rbac ? [{ name: "envoy.filters.network.rbac", typed_config: rbac }] : [],
        },
    ];
}

const BOTH = ["virtualInbound-catchall-http", "virtualInbound"];

describe("a workload that nobody declared", () => {
    it("is closed where its filters name nobody", () => {
        assert.deepEqual(openChains(chains({ rules: { policies: { "deny-all": NOBODY } } })), []);
        assert.deepEqual(openChains(chains({ rules: {} })), []);
    });

    it("is open without filters", () => {
        assert.deepEqual(openChains(chains(undefined)), BOTH);
        assert.deepEqual(openChains(chains({})), BOTH);
    });

    it("is open where a second policy lets somebody in", () => {
        const policies = { "deny-all": NOBODY, "allow-some": ANYBODY };
        assert.deepEqual(openChains(chains({ rules: { policies } })), BOTH);
    });

    it("is open where the filter only denies", () => {
        assert.deepEqual(
            openChains(chains({ rules: { action: "DENY", policies: { "deny-some": NOBODY } } })),
            BOTH,
        );
    });
});
