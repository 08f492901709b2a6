import { randomBytes, randomInt, randomUUID } from "node:crypto";

import { DeployError } from "../types.ts";
import type { InventoryEntry } from "./inventory-entry.ts";
import { subjectKey } from "./inventory-entry.ts";
import type { JsonObject } from "./json.ts";
import { hashOf, stringAt } from "./json.ts";
import type { Applied, ApplyContext, ResourceRequest } from "./resource.ts";

/** Output properties of a kind of random resource, and which of them the provider marks as secret. */
interface Generator {
    readonly generate: (inputs: JsonObject) => { id: string; values: JsonObject };
    readonly secrets: readonly string[];
}

const GENERATORS: Readonly<Record<string, Generator>> = {
    "random:index/randomPassword:RandomPassword": {
        generate: (inputs) => ({ id: "none", values: { result: randomText(inputs) } }),
        secrets: ["result"],
    },
    "random:index/randomString:RandomString": {
        generate: (inputs) => {
            const result = randomText(inputs);
            return { id: result, values: { result } };
        },
        secrets: [],
    },
    "random:index/randomId:RandomId": { generate: randomId, secrets: [] },
    "random:index/randomBytes:RandomBytes": {
        generate: (inputs) => {
            const bytes = randomBytes(count(inputs, "length"));
            const values = { base64: bytes.toString("base64"), hex: bytes.toString("hex") };
            return { id: "none", values };
        },
        secrets: ["base64", "hex"],
    },
    "random:index/randomUuid:RandomUuid": {
        generate: () => {
            const result = randomUUID();
            return { id: result, values: { result } };
        },
        secrets: [],
    },
};

/** Resource types that {@link applyRandom} can make. */
export const RANDOM_TYPES: readonly string[] = Object.keys(GENERATORS);

/** Outputs of a random resource that are secret whatever the program says. */
export function secretOutputsOf(type: string): readonly string[] {
    return GENERATORS[type]?.secrets ?? [];
}

/** Makes a random value, or returns the recorded one as long as the inputs are the same. */
export async function applyRandom(
    context: ApplyContext,
    request: ResourceRequest,
): Promise<Applied> {
    const generator = GENERATORS[request.type];
    if (generator === undefined) throw new DeployError(`${request.type} cannot be generated`);
    const hash = hashOf(request.inputs);
    const key = subjectKey({ urn: request.urn, subject: { is: "random", values: {} } });
    context.claim(key, request.urn);
    const recorded = context.inventory.find(key);
    if (recorded?.subject.is === "random" && recorded.hash === hash) {
        const { id, ...values } = recorded.subject.values;
        return {
            id: typeof id === "string" ? id : "none",
            state: { ...request.inputs, ...values },
            action: "unchanged",
        };
    }
    const { id, values } = generator.generate(request.inputs);
    const entry: InventoryEntry = {
        urn: request.urn,
        type: request.type,
        name: request.name,
        hash,
        dependencies: [...request.dependencies].sort(),
        ...(request.protect ? { protect: true } : {}),
        subject: { is: "random", values: { ...values, id } },
    };
    // Stored before anybody sees it, so that an interrupted run cannot have used a value that is then forgotten.
    await context.inventory.put(entry);
    const action = recorded === undefined ? "created" : "changed";
    return { id, state: { ...request.inputs, ...values }, action };
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** A text with the provider's rules: `length`, classes that may be switched off, and a minimum for each. */
function randomText(inputs: JsonObject): string {
    const on = (name: string): boolean => inputs[name] !== false;
    const special = stringAt(inputs, "overrideSpecial");
    const classes = [
        { letters: special ? special : SPECIAL, on: on("special"), minimum: inputs["minSpecial"] },
        { letters: LOWER, on: on("lower"), minimum: inputs["minLower"] },
        { letters: LOWER.toUpperCase(), on: on("upper"), minimum: inputs["minUpper"] },
        { letters: NUMERIC, on: on("numeric") && on("number"), minimum: inputs["minNumeric"] },
    ].filter((one) => one.on);
    const length = count(inputs, "length");
    const all = classes.map((one) => one.letters).join("");
    const pick = (letters: string): string => letters.charAt(randomInt(letters.length));
    const picked = classes.flatMap(({ letters, minimum }) =>
        Array.from({ length: typeof minimum === "number" ? minimum : 0 }, () => pick(letters)),
    );
    if (all === "" || picked.length > length) {
        throw new DeployError(`no text of length ${length} has the classes of letters it asks for`);
    }
    while (picked.length < length) picked.push(pick(all));
    for (let last = picked.length - 1; last > 0; last -= 1) {
        const other = randomInt(last + 1);
        [picked[last], picked[other]] = [picked[other] ?? "", picked[last] ?? ""];
    }
    return picked.join("");
}

function randomId(inputs: JsonObject): { id: string; values: JsonObject } {
    const bytes = randomBytes(count(inputs, "byteLength"));
    const prefix = stringAt(inputs, "prefix") ?? "";
    const hex = bytes.toString("hex");
    const values = {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + bytes.toString("base64url"),
        dec: prefix + BigInt(`0x${hex}`).toString(),
        hex: prefix + hex,
    };
    return { id: bytes.toString("base64url"), values };
}

function count(inputs: JsonObject, name: string): number {
    const value = inputs[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1) {
        throw new DeployError(`${name} must be a whole number of 1 or more`);
    }
    return value;
}
