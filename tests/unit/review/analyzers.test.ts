import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AnalyzerFinding } from "#review/analyzers.ts";
import { analyzedOf, analyzerFindings, findingsOf } from "#review/analyzers.ts";
import type { ChartRelease, Subject } from "#review/subject.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { AnalyzerMessage } from "#stack/tools/istioctl.ts";

function object(kind: string, namespace: string, fields: object = {}): DeclaredObject {
    const apiVersion = kind === "ConfigMap" ? "v1" : "networking.istio.io/v1";
    return { apiVersion, kind, metadata: { name: kind.toLowerCase(), namespace }, ...fields };
}

function subject(
    objects: readonly DeclaredObject[],
    releases: readonly Partial<ChartRelease>[] = [],
): Subject {
    const release = { name: "one", namespace: "system", chart: "one", values: {} };
    return {
        name: "test",
        resources: [],
        objects,
        releases: releases.map((fields) => ({ ...release, ...fields })),
    };
}

function message(code: string, text: string, origin?: string): AnalyzerMessage {
    return { code, level: "Error", message: text, ...(origin !== undefined && { origin }) };
}

const ORIGIN = "VirtualService a4co/order-service";
const GATEWAY = 'Referenced gateway not found: "istio-system/gone"';

/** What is left of some messages about objects in these namespaces. */
function left(
    messages: readonly AnalyzerMessage[],
    namespaces: readonly string[],
    meshConfig?: string,
): readonly AnalyzerFinding[] {
    const objects = namespaces.map((namespace) => object("VirtualService", namespace));
    return findingsOf(messages, { objects, meshConfig });
}

describe("a message of Istio's analyzers", () => {
    it("names the object, and what explains it", () => {
        const documentationUrl = "https://istio.io/ist0106";
        const broken = {
            ...message("IST0106", "Schema validation error", ORIGIN),
            documentationUrl,
        };
        const whole = { ...message("IST0999", "all"), level: "Info" };
        const cluster = {
            ...message("IST0102", "not injected", "Namespace a4co"),
            level: "Warning",
        };
        assert.deepEqual(left([whole, cluster, broken], ["a4co"]), [
            {
                code: "IST0106",
                level: "Error",
                message: "Schema validation error",
                object: { kind: "VirtualService", namespace: "a4co", name: "order-service" },
                url: documentationUrl,
            },
            {
                code: "IST0102",
                level: "Warning",
                message: "not injected",
                object: { kind: "Namespace", name: "a4co" },
            },
            { code: "IST0999", level: "Info", message: "all" },
        ]);
    });

    for (const [text, code, namespaces, kept] of [
        [GATEWAY, "IST0101", ["a4co"], false],
        [GATEWAY, "IST0101", ["a4co", "istio-system"], true],
        ['Referenced gateway not found: "gone"', "IST0101", ["a4co"], true],
        ['Referenced host+subset in destinationrule not found: "a+v1"', "IST0101", ["a4co"], true],
        [
            'Referenced host+subset in destinationrule not found: "a.other.svc.cluster.local+v1"',
            "IST0101",
            ["a4co"],
            false,
        ],
        [
            'Referenced host+subset in destinationrule not found: "api.example.com+v1"',
            "IST0101",
            ["a4co"],
            true,
        ],
        [
            "one or more host [a] defined in VirtualService a4co/a not found in Gateway istio-system/gone.",
            "IST0132",
            ["a4co"],
            false,
        ],
        [
            "one or more host [a] defined in VirtualService a4co/a not found in Gateway istio-system/there.",
            "IST0132",
            ["a4co", "istio-system"],
            true,
        ],
        ["Schema validation error: istio-system/gone not found", "IST0106", ["a4co"], true],
    ] as const) {
        const where = namespaces.join(" and ");
        it(`is ${kept ? "kept" : "left out"} where all is in ${where}: ${text}`, () => {
            assert.equal(left([message(code, text, ORIGIN)], namespaces).length, kept ? 1 : 0);
        });
    }

    it("about a reference is left out where what it leads to may not be readable yet", () => {
        const messages = [message("IST0101", 'Referenced gateway not found: "gone"', ORIGIN)];
        const rule = (http: object): DeclaredObject =>
            object("DestinationRule", "a4co", { spec: { trafficPolicy: { http } } });
        const known = { objects: [rule({ max: 1 })] };
        assert.equal(findingsOf(messages, known).length, 1);
        assert.equal(findingsOf(messages, { objects: [rule({ max: "[unknown]" })] }).length, 0);
    });

    it("about what the mesh configuration says is left out where there is none", () => {
        for (const code of ["IST0157", "IST0134"]) {
            const messages = [message(code, "no provider", "Telemetry a4co/all")];
            assert.equal(left(messages, ["a4co"]).length, 0);
            assert.equal(left(messages, ["a4co"], "{}").length, 1);
        }
    });
});

describe("what Istio's analyzers look at", () => {
    it("is what charts make as well, without the definitions of kinds", () => {
        const crd = (name: string): DeclaredObject => ({
            apiVersion: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            metadata: { name },
        });
        const routes = crd("httproutes.gateway.networking.k8s.io");
        const made = [crd("gateways.networking.istio.io"), routes, object("Gateway", "system")];
        const { objects } = analyzedOf(
            subject([object("VirtualService", "a4co")], [{ objects: made }, { missing: "gone" }]),
        );
        assert.deepEqual(
            objects.map(({ kind }) => kind),
            ["VirtualService", "CustomResourceDefinition", "Gateway"],
        );
    });

    it("is seen with the mesh configuration of the control plane, rendered or not", () => {
        const mesh = "defaultConfig: {}";
        const config = { ...object("ConfigMap", "system", { data: { mesh } }) };
        const named = (name: string): DeclaredObject => ({ ...config, metadata: { name } });
        const istiod = { chart: "istiod", values: { meshConfig: { rootNamespace: "x" } } };
        const json = '{"rootNamespace":"x"}';
        assert.equal(analyzedOf(subject([])).meshConfig, undefined);
        assert.equal(analyzedOf(subject([named("other")])).meshConfig, undefined);
        assert.equal(analyzedOf(subject([named("istio")])).meshConfig, mesh);
        assert.equal(analyzedOf(subject([], [istiod])).meshConfig, json);
        assert.equal(analyzedOf(subject([], [{ ...istiod, values: {} }])).meshConfig, "{}");
        const rendered = { ...istiod, objects: [named("istio-canary")] };
        assert.equal(analyzedOf(subject([], [rendered])).meshConfig, mesh);
    });

    it("is gone from the disk afterwards, whatever istioctl says", async () => {
        const folder = await mkdtemp(join(tmpdir(), "fake-istioctl-"));
        const tool = join(folder, "istioctl.cjs");
        const script = (said: string): string => `#!/usr/bin/env node
const fs = require("node:fs");
const args = process.argv.slice(2);
const file = args.at(-3);
fs.writeFileSync(${JSON.stringify(join(folder, "seen"))}, JSON.stringify({ args, text: fs.readFileSync(file, "utf8"), mode: fs.statSync(file).mode & 0o777 }));
${said}`;
        try {
            const all = subject([object("Gateway", "a4co")], [{ chart: "istiod" }]);
            await writeFile(tool, script("console.log('[]')"), { mode: 0o755 });
            assert.deepEqual(await analyzerFindings(all, tool), []);
            const { args, text, mode } = JSON.parse(
                await readFile(join(folder, "seen"), "utf8"),
            ) as { args: string[]; text: string; mode: number };
            const [file = ""] = args.slice(-3);
            assert.deepEqual(args.slice(0, -2), [
                ...["analyze", "--use-kube=false", "--all-namespaces"],
                ...["--meshConfigFile", join(dirname(file), "mesh.yaml"), file],
            ]);
            assert.deepEqual(JSON.parse(text), all.objects[0]);
            assert.equal(mode, 0o600);
            await assert.rejects(readdir(dirname(file)), { code: "ENOENT" });
            await writeFile(tool, script("console.error('no such flag'); process.exit(2)"));
            await assert.rejects(analyzerFindings(all, tool), /istioctl analyze: no such flag/);
        } finally {
            await rm(folder, { recursive: true });
        }
    });
});
