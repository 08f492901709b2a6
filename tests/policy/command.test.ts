import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { rules } from "#policy/rules/index.ts";
import { CASES_FOLDER } from "./cases.ts";

const MESH = join(import.meta.dirname, "../../bin/mesh.js");
const DISALLOW = "istio-destination-rule-disallow-plaintext";
const PROVIDER = "urn:pulumi:live::shop::pulumi:providers:kubernetes::cluster";

const plaintext = {
    urn: "urn:pulumi:live::shop::kubernetes:networking.istio.io/v1:DestinationRule::payment",
    custom: true,
    type: "kubernetes:networking.istio.io/v1:DestinationRule",
    provider: `${PROVIDER}::0c2f1c9e-8d5b-4a2e-9d7c-1f7f1a8f0c11`,
    inputs: {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "payment" },
        spec: {
            host: "payment",
            trafficPolicy: {
                tls: {
                    // A secret of an export with --show-secrets.
                    mode: {
                        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                        plaintext: '"DISABLE"',
                    },
                },
            },
        },
    },
    outputs: {},
};

const state = (...resources: readonly unknown[]): string =>
    JSON.stringify({
        version: 3,
        deployment: {
            manifest: { time: "2026-11-23T12:00:00Z", magic: "", version: "" },
            resources: [
                {
                    urn: PROVIDER,
                    custom: true,
                    type: "pulumi:providers:kubernetes",
                    id: "0c2f1c9e-8d5b-4a2e-9d7c-1f7f1a8f0c11",
                    inputs: { namespace: "a4co" },
                },
                ...resources,
            ],
        },
    });

describe("mesh policy", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-policy-"));
    });
    after(() => rm(folder, { recursive: true }));

    const file = async (name: string, text: string): Promise<string> => {
        const location = join(folder, name);
        await writeFile(location, text);
        return location;
    };
    const mesh = async (...args: readonly string[]) => {
        const { exitCode, stdout, stderr } = await execa(
            process.execPath,
            [MESH, "policy", ...args],
            {
                reject: false,
                cwd: folder,
                env: { NODE_OPTIONS: "" },
            },
        );
        return { exitCode, stdout, stderr };
    };

    it("judges the program of prod, and ends with 0", async () => {
        const { exitCode, stdout, stderr } = await mesh("--json");
        const report = JSON.parse(stdout) as Record<string, unknown>;
        assert.equal(stderr, "");
        assert.equal(exitCode, 0, stdout);
        assert.equal(report["subject"], "stack prod");
        assert.equal(report["holds"], true);
        assert.equal(report["production"], true);
        assert.equal(report["rules"], rules.length);
    });

    it("judges dev by the settings of dev", async () => {
        const { exitCode, stdout } = await mesh("--stack", "dev");
        assert.equal(exitCode, 0, stdout);
        assert.match(
            stdout,
            /stack dev, not as production: \d+ resources, \d+ rules; 0 violations/,
        );
    });

    it("judges an exported state, and ends with 1 when something is violated", async () => {
        const location = await file("state.json", state(plaintext));
        const { exitCode, stdout, stderr } = await mesh("--state", location);
        assert.equal(stderr, "");
        assert.equal(exitCode, 1);
        assert.match(
            stdout,
            new RegExp(
                `^mandatory {2}${DISALLOW} \\(critical\\)\\n {4}DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; .*\\n {2}No DestinationRule .*\\n {4}1\\. `,
            ),
        );
        assert.match(stdout, /as production: 2 resources, \d+ rules; 1 violation, \d+ advisory$/);
    });

    it("tells programs the same", async () => {
        const location = await file("state.json", state(plaintext));
        const { exitCode, stdout } = await mesh("--state", location, "--json");
        const report = JSON.parse(stdout) as { holds: boolean; violations: { rule: string }[] };
        assert.equal(exitCode, 1);
        assert.equal(report.holds, false);
        assert.deepEqual(
            report.violations.filter(({ rule }) => rule === DISALLOW),
            [
                {
                    rule: DISALLOW,
                    severity: "critical",
                    level: "mandatory",
                    message:
                        "DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; only ISTIO_MUTUAL, or no tls at all, is allowed for a host of the mesh",
                    urn: plaintext.urn,
                    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings",
                },
            ],
        );
    });

    it("does not judge what is about to be deleted", async () => {
        const other = {
            urn: "urn:pulumi:a::b::kubernetes:core/v1:ConfigMap::c",
            type: "kubernetes:core/v1:ConfigMap",
            inputs: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } },
        };
        const location = await file("state.json", state({ ...plaintext, delete: true }, other));
        const { exitCode, stdout } = await mesh("--state", location);
        assert.equal(exitCode, 0, stdout);
    });

    it("ends with 2 and a sentence where an export holds encrypted what nobody can judge then", async () => {
        const location = join(CASES_FOLDER, "c47-secret-hides-weakness.state.json");
        const text = await mesh("--state", location);
        assert.equal(text.exitCode, 2);
        assert.equal(
            text.stderr,
            "3 places are encrypted in this export and cannot be judged; use pulumi stack export --show-secrets.",
        );
        assert.match(text.stdout, /; 0 violations, \d+ advisory; 3 places encrypted$/);
        const json = await mesh("--state", location, "--json");
        const report = JSON.parse(json.stdout) as Record<string, unknown>;
        assert.equal(json.exitCode, 2);
        assert.equal(report["encrypted"], 3);
        assert.equal(report["holds"], false);
    });

    it("ends with 1 where something is violated beside what is encrypted", async () => {
        const location = join(CASES_FOLDER, "k17-encrypted-anywhere.state.json");
        const { exitCode, stdout, stderr } = await mesh("--state", location);
        assert.equal(exitCode, 1);
        assert.equal(stderr, "");
        assert.match(stdout, /; 1 violation, \d+ advisory; 4 places encrypted$/);
    });

    it("shows no secret of an export in a finding", async () => {
        const secret = (value: string) => ({
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            plaintext: JSON.stringify(value),
        });
        const location = await file(
            "secrets.json",
            state({
                ...plaintext,
                inputs: {
                    ...plaintext.inputs,
                    metadata: { name: secret("hidden-name") },
                    spec: {
                        host: "payment",
                        trafficPolicy: { tls: { mode: "DISABLE" } },
                        subsets: [
                            { name: secret("sesame"), trafficPolicy: { tls: { mode: "DISABLE" } } },
                        ],
                    },
                },
            }),
        );
        for (const args of [[], ["--json"]]) {
            const { exitCode, stdout } = await mesh("--state", location, ...args);
            assert.equal(exitCode, 1);
            assert.doesNotMatch(stdout, /hidden-name|sesame/);
            assert.match(stdout, /DestinationRule a4co\/\[secret\]: /);
        }
    });

    it("tells the clusters of a state apart", async () => {
        const { exitCode, stdout } = await mesh(
            "--state",
            join(CASES_FOLDER, "c50-two-clusters.state.json"),
        );
        assert.equal(exitCode, 1);
        assert.match(stdout, /a mesh-wide STRICT is required \(istiod-west\)\n/);
        assert.doesNotMatch(stdout, /\(istiod\)/);
    });

    it("says how many Patches were judged by what they set alone", async () => {
        const { exitCode, stdout } = await mesh(
            "--state",
            join(CASES_FOLDER, "c55-patches.state.json"),
        );
        assert.equal(exitCode, 0, stdout);
        assert.match(stdout, /; 4 Patches judged by what is set alone$/);
    });

    const nothings: readonly (readonly [string, string])[] = [
        ["no deployment yet", '{"version": 3, "deployment": null}'],
        ["no resources", '{"version": 3, "deployment": {"manifest": {}}}'],
        ["no checkpoint yet", '{"version": 3, "checkpoint": {"stack": "a/b/c", "latest": null}}'],
        ["nothing of Kubernetes", state()],
    ];
    for (const [what, text] of nothings) {
        it(`ends with 2 and a sentence for a state with ${what}`, async () => {
            const location = await file("nothing.json", text);
            const { exitCode, stdout, stderr } = await mesh("--state", location, "--json");
            assert.equal(exitCode, 2);
            assert.equal((JSON.parse(stdout) as { readonly holds: unknown }).holds, false);
            assert.match(stderr, /^Nothing of Kubernetes is in state .*nothing\.json, so there is/);
        });
    }

    it("ends with 2 for a state of a version that is not known yet", async () => {
        const location = await file("state.json", '{"version": 5, "deployment": {}}');
        const { exitCode, stderr } = await mesh("--state", location);
        assert.equal(exitCode, 2);
        assert.match(stderr, /is a state of version 5; versions up to 4 can be read\./);
    });

    it("takes levels from a configuration", async () => {
        const [location, config] = await Promise.all([
            file("state.json", state(plaintext)),
            file("config.json", JSON.stringify({ all: "advisory" })),
        ]);
        const { exitCode, stdout } = await mesh("--state", location, "--config", config);
        assert.equal(exitCode, 0);
        assert.match(stdout, new RegExp(`^advisory {2}${DISALLOW}`));
    });

    const mistakes: readonly (readonly [string, string, RegExp])[] = [
        ["no JSON", "{", /^\S+config\.json is not JSON( \(line 1\))?\.$/],
        ["a list", "[]", /config\.json: an object is needed, with levels by rule/],
        [
            "a rule that does not exist",
            '{"istio-everything": "disabled"}',
            /config\.json: istio-everything is no rule of this pack/,
        ],
        [
            "a level that does not exist",
            `{"${DISALLOW}": "off"}`,
            /config\.json: istio-destination-rule-disallow-plaintext: "off" is no level; allowed are advisory, mandatory, disabled/,
        ],
        [
            "a setting that does not exist",
            '{"istio-pack-configure-settings": {"prod": true}}',
            /config\.json: istio-pack-configure-settings: prod is no setting; allowed are production, /,
        ],
        [
            "a setting of another type",
            '{"istio-pack-configure-settings": {"production": "no"}}',
            /config\.json: istio-pack-configure-settings: production: .*expected boolean/,
        ],
    ];
    for (const [what, text, message] of mistakes) {
        it(`ends with 2 and a sentence for a configuration with ${what}`, async () => {
            const [location, config] = await Promise.all([
                file("state.json", state()),
                file("config.json", text),
            ]);
            const { exitCode, stdout, stderr } = await mesh(
                "--state",
                location,
                "--config",
                config,
            );
            assert.equal(exitCode, 2, stdout);
            assert.match(stderr, message);
            assert.equal(stdout, "");
        });
    }

    it("ends with 2 for a file that is no exported state, and for a stack without a file", async () => {
        const location = await file("state.json", '{"version": 3}');
        const noState = await mesh("--state", location);
        assert.equal(noState.exitCode, 2);
        assert.match(
            noState.stderr,
            /state\.json is no exported state: deployment\.resources is needed/,
        );
        const noStack = await mesh("--stack", "nowhere");
        assert.equal(noStack.exitCode, 2);
        assert.match(noStack.stderr, /There is no .*Pulumi\.nowhere\.yaml/);
    });
});
