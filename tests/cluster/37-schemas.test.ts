import assert from "node:assert/strict";
import { stackCharts } from "#cli/charts.ts";
import type { StackCharts } from "#cli/charts.ts";
import { ensureTool } from "#local/toolchain.ts";
import { analyzerFindings } from "#review/analyzers.ts";
import type { CustomKind } from "#review/custom-resources.ts";
import { customKinds } from "#review/custom-resources.ts";
import { schemaFindings } from "#review/schemas.ts";
import { Observation } from "#review/schemas/observed.ts";
import { isNewer, packagedSchema } from "#review/schemas/packaged.ts";
import { programSubject } from "#review/subject/program.ts";
import { Reading } from "#review/subject/resources.ts";
import type { Subject } from "#review/subject.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { renderedProgram } from "#stack/rendered-program.ts";

/** The part of a definition's schema that says which fields there are. */
interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: Schema | boolean;
    readonly items?: Schema;
    readonly type?: string;
    readonly "x-kubernetes-int-or-string"?: boolean;
}

const SCALARS: Readonly<Record<string, unknown>> = { integer: 1, number: 1, boolean: true };

/** A value with every field that a schema knows. */
function complete(schema: Schema): unknown {
    const { properties = {}, additionalProperties: others, items, type = "" } = schema;
    if (items !== undefined) {
        return [complete(items)];
    }
    if (type !== "object") {
        return schema["x-kubernetes-int-or-string"] === true ? 1 : (SCALARS[type] ?? "text");
    }
    const fields = Object.entries(properties).map(([key, inner]) => [key, complete(inner)]);
    return Object.fromEntries([
        ...fields,
        ...(typeof others === "object" ? [["key", complete(others)]] : []),
    ]) as unknown;
}

/** What a package's schema does not know of what a definition has. */
async function unknownTo({ group, version, kind, schema }: CustomKind): Promise<string[]> {
    const apiVersion = `${group}/${version}`;
    const validate = await packagedSchema({ apiVersion, kind });
    if (validate === undefined) {
        return [];
    }
    const { spec } = complete(schema as Schema) as { spec: unknown };
    const object: DeclaredObject = { apiVersion, kind, metadata: { name: "all" }, spec };
    const observation = new Observation();
    validate(observation.watched(object));
    return observation
        .unaskedIn(object)
        .filter(({ field }) => !isNewer(object, field))
        .map(({ path, field }) => `${apiVersion} ${kind} ${[...path, field].join(".")}`);
}

describe("what is said of a stack without a cluster", () => {
    let charts: StackCharts;
    let istioctl: string;
    const subjects = new Map<string, Subject>();

    before(async () => {
        await ensureTool("helm");
        istioctl = await ensureTool("istioctl");
        const { signal } = new AbortController();
        charts = await stackCharts({ pull: false, signal, report: () => undefined });
        for (const stack of ["local", "dev", "prod"]) {
            const replaced = charts.replaced(stack);
            const program = await renderedProgram(stack, { showSecrets: true, replaced });
            const subject = await programSubject(stack, program, charts.of(stack), new Reading());
            subjects.set(stack, subject);
        }
    });

    function objectsOf({ objects, releases }: Subject): readonly DeclaredObject[] {
        return [...objects, ...releases.flatMap(({ objects: made = [] }) => made)];
    }

    function local(): Subject {
        const subject = subjects.get("local");
        assert.ok(subject);
        assert.ok(subject.releases.every(({ missing }) => missing === undefined));
        return subject;
    }

    it("is nothing of its schemas, where its charts bring definitions too", async () => {
        const objects = objectsOf(local());
        assert.ok(customKinds(objects).length > 20);
        assert.deepEqual(await schemaFindings(objects), { problems: [], unjudged: [] });
    });

    it("is a typo by the definitions of the charts", async () => {
        const objects = objectsOf(local()).map((object) =>
            object.kind === "PeerAuthentication"
                ? { ...object, spec: { mtsl: { mode: "STRICT" } } }
                : object,
        );
        const { problems } = await schemaFindings(objects);
        assert.equal(problems[0]?.text, "mtsl is no field of spec; mtls is one");
    });

    it("is nothing of Istio's analyzers, in any stack", async () => {
        for (const [stack, subject] of subjects) {
            assert.deepEqual(await analyzerFindings(subject, istioctl), [], stack);
        }
    });

    it("is what Istio's analyzers find, where there is something", async () => {
        const subject = local();
        const objects = subject.objects.filter(
            ({ apiVersion, kind }) => kind !== "Gateway" || !apiVersion.includes("istio.io"),
        );
        const findings = await analyzerFindings({ ...subject, objects }, istioctl);
        assert.deepEqual(
            findings.map(({ code, level, object }) => [code, level, object?.name]),
            [
                ["IST0101", "Error", "order-service"],
                ["IST0132", "Warning", "order-service"],
            ],
        );
    });

    it("is no field of Istio's definitions, where only the packages' schemas are at hand", async () => {
        const kinds = customKinds(objectsOf(local())).filter(({ schema }) => schema !== undefined);
        const unknown = await Promise.all(kinds.map(unknownTo));
        assert.deepEqual(unknown.flat(), []);
    });
});
