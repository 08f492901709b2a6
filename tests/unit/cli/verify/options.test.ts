import { deepStrictEqual, doesNotThrow, throws } from "node:assert";
import type { VerifyCommandOptions } from "#cli/verify/options.ts";
import { assertTogether, interval, listenAddress, seed, waitSeconds } from "#cli/verify/options.ts";

const REFUSED = { code: "commander.invalidArgument" };

describe("the options of mesh verify", () => {
    const values: readonly (readonly [
        string,
        (text: string) => unknown,
        Readonly<Record<string, unknown>>,
        readonly string[],
    ])[] = [
        ["--wait", waitSeconds, { 0: 0, 3600: 3600 }, ["", "-1", "1.5", "3601", "5m"]],
        [
            "--every",
            interval,
            { "10s": "10s", "1.5m": "1.5m", "24h": "24h" },
            ["", "0s", "9s", "9999ms", "25h", "300", "5 m", "-5m"],
        ],
        ["--seed", seed, { 0: 0, 4294967295: 4294967295 }, ["", "-1", "4294967296", "x", "1e3"]],
        [
            "--metrics-address",
            listenAddress,
            {
                "127.0.0.1:0": { host: "127.0.0.1", port: 0 },
                "localhost:9188": { host: "localhost", port: 9188 },
                "[::1]:65535": { host: "::1", port: 65535 },
            },
            ["", "9188", ":9188", "host", "host:", "host:65536", "::1:9188", "host:x"],
        ],
    ];
    for (const [option, read, taken, refused] of values) {
        it(`${option} takes what it can be, and refuses everything else`, () => {
            for (const [text, value] of Object.entries(taken)) {
                deepStrictEqual(read(text), value);
            }
            for (const text of refused) {
                throws(() => read(text), REFUSED, `"${text}"`);
            }
        });
    }

    const every = { every: "5m" } as const;
    const wrong: readonly (readonly [VerifyCommandOptions, RegExp])[] = [
        [{ ...every, wait: 5 }, /^--every goes on until it is stopped; --wait has no place/],
        [{ ...every, junit: "x.xml" }, /^--every .*; --junit has no place/],
        [{ ...every, list: true }, /^--list asks no cluster; --every has no place/],
        [{ manifests: true, wait: 5 }, /^--manifests asks no cluster; --wait has no place/],
        [{ list: true, junit: "x.xml" }, /^--list asks no cluster; --junit has no place/],
        [{ list: true, probeImage: "a:1" }, /^--list asks no cluster; --probe-image has no place/],
        [{ manifests: true, only: ["edge"] }, /^--manifests asks no cluster; --only has no place/],
        [
            { ...every, manifests: true, metricsAddress: { host: "::1", port: 0 } },
            /^--manifests asks no cluster; --metrics-address has no place/,
        ],
        [
            { probes: "none", probeImage: "a:1" },
            /^--probe-image is for probe pods; --probes none makes none\.$/,
        ],
        [{ metricsAddress: { host: "::1", port: 0 } }, /^--metrics-address serves what --every/],
        [{ seed: 1, probes: "none" }, /^--seed draws a sample; --probes all and none draw none/],
        [{ seed: 1, probes: "all" }, /^--seed draws a sample/],
    ];
    for (const [options, message] of wrong) {
        it(`refuse ${JSON.stringify(options)} in one sentence`, () => {
            throws(
                () => {
                    assertTogether(options);
                },
                { name: "EnvironmentError", message },
            );
        });
    }

    it("go together where that makes sense", () => {
        const metricsAddress = { host: "127.0.0.1", port: 0 };
        const right: readonly VerifyCommandOptions[] = [
            { ...every, metricsAddress, json: true, probes: "none", only: ["edge"] },
            { seed: 1 },
            { seed: 1, probes: "sample", wait: 5, junit: "x.xml" },
            { ...every, manifests: true },
        ];
        for (const options of right) {
            doesNotThrow(() => {
                assertTogether(options);
            });
        }
    });
});
