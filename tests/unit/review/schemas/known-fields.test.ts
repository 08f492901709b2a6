import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as client from "@kubernetes/client-node";
import { Observation } from "#review/schemas/observed.ts";
import { packagedSchema } from "#review/schemas/packaged.ts";

const PACKAGE = join(import.meta.dirname, "../../../../node_modules/kubernetes-models");

/** A class of Kubernetes' own client, which tells its fields. */
interface ClientClass {
    getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

function classOf(type: string): ClientClass | undefined {
    const found: unknown = Reflect.get(client, type);
    return typeof found === "function" && "getAttributeTypeMap" in found
        ? (found as unknown as ClientClass)
        : undefined;
}

const SCALARS: Readonly<Record<string, unknown>> = { number: 1, boolean: true };

/** A value of a type with every field that Kubernetes' own client knows of it; what holds itself once. */
function complete(type: string, within: readonly string[] = []): unknown {
    const element = /^Array<(.*)>$/.exec(type)?.[1];
    if (element !== undefined) {
        return [complete(element, within)];
    }
    const value = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
    if (value !== undefined) {
        return { key: complete(value, within) };
    }
    const found = classOf(type);
    if (found === undefined) {
        return SCALARS[type] ?? "text";
    }
    return within.includes(type)
        ? {}
        : Object.fromEntries(
              found
                  .getAttributeTypeMap()
                  .map(({ baseName, type: inner }) => [
                      baseName,
                      complete(inner, [...within, type]),
                  ]),
          );
}

/** Every kind of the package, as `apps/v1 Deployment`. */
async function kinds(): Promise<readonly (readonly [string, string])[]> {
    const entries = await readdir(PACKAGE, { recursive: true });
    return entries
        .map((path) => /^((?:[\w.]+\/)?v\d\w*)\/([A-Z]\w*)\.js$/.exec(path))
        .filter((match) => match !== null)
        .map(([, apiVersion = "", kind = ""]) => [apiVersion, kind] as const);
}

describe("the fields that a schema knows", () => {
    it("are all that Kubernetes' own client knows", async () => {
        const unknown: string[] = [];
        let compared = 0;
        for (const [apiVersion, kind] of await kinds()) {
            const version = apiVersion.split("/").at(-1) ?? "";
            const type = `${version.replace("v", "V")}${kind}`;
            const schema = await packagedSchema({ apiVersion, kind });
            if (schema === undefined || classOf(type) === undefined) {
                continue;
            }
            compared += 1;
            const object = complete(type) as object;
            const observation = new Observation();
            schema(observation.watched(object));
            for (const { path, field } of observation.unaskedIn(object)) {
                unknown.push(`${apiVersion} ${kind} ${[...path, field].join(".")}`);
            }
        }
        assert.deepEqual(unknown, []);
        assert.ok(compared > 80, `only ${compared} kinds were compared`);
    }).timeout(60_000);
});
