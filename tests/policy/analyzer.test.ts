import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { rules } from "#policy/rules/index.ts";
import { SETTINGS_POLICY } from "#policy/settings.ts";
import { reportsOf, resourceRequest, stackRequest } from "./engine.ts";
import { manifest, release, UNKNOWN } from "./manifests.ts";

const PACK = join(import.meta.dirname, "../../policy");
const PEER = "istio-peer-authentication-enforce-strict";
const { MANDATORY, DISABLED } = analyzer.EnforcementLevel;

/** Starts the pack with the command line of Pulumi's language host; the engine it reports to need not be there. */
async function startPack(): Promise<{ process: ChildProcess; client: AnalyzerClient }> {
    const runner = createRequire(join(PACK, "package.json")).resolve(
        "@pulumi/pulumi/cmd/run-policy-pack",
    );
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", PACK], {
        cwd: PACK,
        env: {
            ...process.env,
            PULUMI_NODEJS_ORGANIZATION: "organization",
            PULUMI_NODEJS_PROJECT: "mesh",
            PULUMI_NODEJS_STACK: "dev",
            PULUMI_NODEJS_DRY_RUN: "true",
            PULUMI_NODEJS_TYPESCRIPT: "true",
            PULUMI_CONFIG: "{}",
            // The language host gives none; the test runner's loader must not help.
            NODE_OPTIONS: "",
        },
        stdio: ["ignore", "pipe", "inherit"],
    });
    // The engine takes the first line for the port.
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    assert.match(line, /^\d+$/);
    return {
        process: child,
        client: new AnalyzerClient(`127.0.0.1:${line}`, credentials.createInsecure()),
    };
}

type Answer<Response> = (error: ServiceError | null, response: Response) => void;

function answered<Response>(call: (answer: Answer<Response>) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
        call((error, response) => {
            if (error === null) {
                resolve(response);
            } else {
                reject(error);
            }
        });
    });
}

const permissive = manifest("security.istio.io/v1", "PeerAuthentication", "a4co/default", {
    mtls: { mode: "PERMISSIVE" },
    portLevelMtls: { "3006": { mode: UNKNOWN } },
});

describe("the pack as the CLI starts it", () => {
    let pack: Awaited<ReturnType<typeof startPack>>;
    before(async () => {
        pack = await startPack();
    });
    after(() => {
        pack.client.close();
        pack.process.kill();
    });

    const analyze = () =>
        answered<analyzer.AnalyzeResponse>((answer) =>
            pack.client.analyze(resourceRequest(permissive), answer),
        );
    const configure = (
        name: string,
        settings: Record<string, boolean>,
        level: analyzer.EnforcementLevel,
    ) => {
        const config = new analyzer.PolicyConfig();
        config.setEnforcementlevel(level);
        config.setProperties(struct.Struct.fromJavaScript(settings));
        const request = new analyzer.ConfigureAnalyzerRequest();
        request.getPolicyconfigMap().set(name, config);
        return answered<unknown>((answer) => pack.client.configure(request, answer));
    };

    it("says its version, and every rule with its level and severity", async () => {
        const { version } = JSON.parse(readFileSync(join(PACK, "package.json"), "utf8")) as {
            version: string;
        };
        const info = await answered<analyzer.AnalyzerInfo>((answer) =>
            pack.client.getAnalyzerInfo(new empty.Empty(), answer),
        );
        assert.equal(info.getName(), "a4co-mesh-policy");
        assert.equal(info.getVersion(), version);
        assert.deepEqual(
            info.getPoliciesList().map((policy) => policy.getName()),
            [SETTINGS_POLICY, ...rules.map(({ name }) => name)],
        );
        const peer = info.getPoliciesList().find((policy) => policy.getName() === PEER);
        assert.equal(peer?.getEnforcementlevel(), MANDATORY);
        assert.equal(peer.getSeverity(), analyzer.PolicySeverity.POLICY_SEVERITY_CRITICAL);
        assert.match(peer.getRemediationSteps(), /^1\. /);
    });

    it("refuses a weak object, and says beside it what it cannot know yet", async () => {
        const reports = reportsOf(await analyze())
            .filter(({ rule }) => rule === PEER)
            .map(({ rule, level, message }) => ({
                rule,
                level,
                message,
            }));
        assert.deepEqual(reports, [
            {
                rule: PEER,
                level: "mandatory",
                message:
                    "PeerAuthentication a4co/default: spec.mtls.mode: PERMISSIVE also accepts plaintext; only STRICT is allowed",
            },
            {
                rule: PEER,
                level: "advisory",
                message:
                    'PeerAuthentication a4co/default: spec.portLevelMtls["3006"].mode: cannot be judged at preview; the value is not known yet',
            },
        ]);
    });

    it("judges the stack as a whole", async () => {
        const response = await answered<analyzer.AnalyzeResponse>((answer) =>
            pack.client.analyzeStack(
                stackRequest([release("istiod", "istio-system/istiod"), permissive]),
                answer,
            ),
        );
        assert.deepEqual(
            reportsOf(response)
                .filter(({ rule }) => rule === "istio-mesh-enforce-strict")
                .map(({ level, message }) => `${level} ${message}`),
            [
                "mandatory Release istio-system/istiod: installs a mesh, and no PeerAuthentication without selector in istio-system is STRICT; a mesh-wide STRICT is required",
            ],
        );
    });

    it("takes its settings and levels from the engine", async () => {
        const exempted = manifest(
            "security.istio.io/v1",
            "PeerAuthentication",
            "a4co/default",
            { mtls: { mode: "PERMISSIVE" } },
            {
                annotations: {
                    "policy.a4co.dev/exempt": JSON.stringify({
                        rule: PEER,
                        owner: "team",
                        reason: "why",
                        expires: "2999-12-31",
                    }),
                },
            },
        );
        const levelsOf = async (): Promise<string[]> => {
            const response = await answered<analyzer.AnalyzeResponse>((answer) =>
                pack.client.analyze(resourceRequest(exempted), answer),
            );
            return reportsOf(response)
                .filter(({ rule }) => rule === PEER)
                .map(({ level }) => level);
        };
        assert.deepEqual(await levelsOf(), ["mandatory"]);
        await configure(SETTINGS_POLICY, { production: false }, MANDATORY);
        assert.deepEqual(await levelsOf(), ["advisory"]);
        await configure(PEER, {}, DISABLED);
        assert.deepEqual(await levelsOf(), []);
    });
});
