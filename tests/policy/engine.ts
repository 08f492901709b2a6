import { createRequire } from "node:module";
import type { Policies } from "@pulumi/policy";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { policiesOf } from "#policy/adapter.ts";
import type { Level } from "#policy/rule.ts";
import { isObjectRule } from "#policy/rule.ts";
import { rules } from "#policy/rules/index.ts";
import { SETTINGS_POLICY } from "#policy/settings.ts";
import type { Settings } from "#policy/settings.ts";
import type { Manifest } from "./manifests.ts";

/** The day on which tests judge exemptions. */
export const TODAY = "2026-11-23";

type Answer = (error: unknown, response: analyzer.AnalyzeResponse | undefined) => void;
type Rpc<Request> = (call: { request: Request }, answer: Answer) => void;
type MakeRpc<Request> = (
    pack: string,
    version: string,
    level: Level,
    policies: Policies,
) => Rpc<Request>;

/**
 * The SDK's own half of the analyzer: what it makes of a request, its proxy for unknown values and its comparison of
 * types are the real ones.
 */
const server = createRequire(import.meta.url)("@pulumi/policy/server") as {
    makeAnalyzeRpcFun: MakeRpc<analyzer.AnalyzeRequest>;
    makeAnalyzeStackRpcFun: MakeRpc<analyzer.AnalyzeStackRequest>;
};

/** What the engine is told. */
export interface Report {
    readonly rule: string;
    readonly level: Level;
    readonly message: string;
    readonly urn: string;
}

export interface Outcome {
    readonly reports: readonly Report[];
    /** Names of the rules that looked at one of the objects. */
    readonly applied: ReadonlySet<string>;
}

function urnOf({ type, name }: Manifest): string {
    return `urn:pulumi:test::test::${type}::${name}`;
}

function structOf(props: Manifest["props"]): struct.Struct {
    // A field that is not there does not travel.
    return struct.Struct.fromJavaScript(
        JSON.parse(JSON.stringify(props)) as Record<string, struct.JavaScriptValue>,
    );
}

export function resourceRequest(manifest: Manifest): analyzer.AnalyzeRequest {
    const request = new analyzer.AnalyzeRequest();
    request.setType(manifest.type);
    request.setName(manifest.name);
    request.setUrn(urnOf(manifest));
    request.setProperties(structOf(manifest.props));
    request.setOptions(new analyzer.AnalyzerResourceOptions());
    return request;
}

export function stackRequest(manifests: readonly Manifest[]): analyzer.AnalyzeStackRequest {
    const request = new analyzer.AnalyzeStackRequest();
    request.setResourcesList(
        manifests.map((manifest) => {
            const resource = new analyzer.AnalyzerResource();
            resource.setType(manifest.type);
            resource.setName(manifest.name);
            resource.setUrn(urnOf(manifest));
            resource.setProperties(structOf(manifest.props));
            resource.setOptions(new analyzer.AnalyzerResourceOptions());
            return resource;
        }),
    );
    return request;
}

function ask<Request>(rpc: Rpc<Request>, request: Request): Promise<analyzer.AnalyzeResponse> {
    return new Promise((resolve, reject) => {
        rpc({ request }, (error, response) => {
            if (response === undefined) {
                reject(error instanceof Error ? error : new Error(String(error)));
            } else {
                resolve(response);
            }
        });
    });
}

const LEVELS: readonly Level[] = ["advisory", "mandatory"];

export function reportsOf(response: analyzer.AnalyzeResponse): Report[] {
    return response.getDiagnosticsList().map((diagnostic) => ({
        rule: diagnostic.getPolicyname(),
        level: LEVELS[diagnostic.getEnforcementlevel()] ?? "mandatory",
        message: diagnostic.getMessage(),
        urn: diagnostic.getUrn(),
    }));
}

/** The pack's policies, which find the given settings where Pulumi would put them. */
function policiesWith(settings: Partial<Settings>): Policies {
    return policiesOf(rules, () => new Date(`${TODAY}T12:00:00Z`)).map((policy) => {
        if (policy.name !== SETTINGS_POLICY || !("validateResource" in policy)) {
            return policy;
        }
        const { validateResource, validateStack } = policy as unknown as Record<
            "validateResource" | "validateStack",
            (args: object, report: unknown) => void
        >;
        const configured = (args: object): object => ({ ...args, getConfig: () => settings });
        return {
            ...policy,
            validateResource: (args, report) => {
                validateResource(configured(args), report);
            },
            validateStack: (args: object, report: unknown) => {
                validateStack(configured(args), report);
            },
        };
    });
}

/** The answers of the analyzer to a stack: of each resource before it is created, and of all of them at the end. */
export function analyzerOf(policies: Policies): (manifests: readonly Manifest[]) => Promise<{
    readonly single: readonly analyzer.AnalyzeResponse[];
    readonly whole: analyzer.AnalyzeResponse;
}> {
    const one = server.makeAnalyzeRpcFun("test", "0.0.0", "mandatory", policies);
    const all = server.makeAnalyzeStackRpcFun("test", "0.0.0", "mandatory", policies);
    return async (manifests) => {
        const single: analyzer.AnalyzeResponse[] = [];
        for (const manifest of manifests) {
            single.push(await ask(one, resourceRequest(manifest)));
        }
        return { single, whole: await ask(all, stackRequest(manifests)) };
    };
}

/** What the whole pack says about the objects of a stack. */
export async function analyze(
    manifests: readonly Manifest[],
    settings: Partial<Settings> = {},
): Promise<Outcome> {
    const { single, whole } = await analyzerOf(policiesWith(settings))(manifests);
    const applied = rules.filter((rule) =>
        (isObjectRule(rule) ? single : [whole]).some((response) =>
            response.getNotApplicableList().every((entry) => entry.getPolicyName() !== rule.name),
        ),
    );
    return {
        reports: [...single, whole].flatMap(reportsOf),
        applied: new Set(applied.map(({ name }) => name)),
    };
}
