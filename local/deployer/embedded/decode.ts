import { runtime } from "@pulumi/pulumi";

import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";

/** An asset among a resource's inputs, reduced to where its text is. */
export interface AssetValue extends JsonObject {
    asset: "path" | "text" | "uri";
    value: string;
}

/** A resource's inputs without Pulumi's wrapping. */
export interface DecodedInputs {
    readonly values: JsonObject;
    /** Top-level inputs that hold a secret anywhere. */
    readonly secretKeys: ReadonlySet<string>;
}

/**
 * Takes the wrapping off a resource's serialized inputs: secrets become their plain values, assets become
 * {@link AssetValue}s, and a resource reference becomes the resource's id, as the engine sends them to a provider.
 */
export function decodeInputs(serialized: Readonly<Record<string, unknown>>): DecodedInputs {
    const secretKeys = new Set<string>();
    const values: JsonObject = {};
    for (const [key, value] of Object.entries(serialized)) {
        if (value === undefined) continue;
        values[key] = decode(value, () => secretKeys.add(key));
    }
    return { values, secretKeys };
}

/** Marks a value as secret on its way back to the program. */
export function encodeSecret(value: Json): JsonObject {
    return { [runtime.specialSigKey]: runtime.specialSecretSig, value };
}

export function isAsset(value: unknown): value is AssetValue {
    return (
        isObject(value) && typeof value["asset"] === "string" && typeof value["value"] === "string"
    );
}

function decode(value: unknown, secretSeen: () => void): Json {
    if (value === null || typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return value;
    if (Array.isArray(value)) return value.map((element) => decode(element, secretSeen));
    if (!isObject(value)) throw new Error(`an input of type ${typeof value} cannot be applied`);
    const signature = value[runtime.specialSigKey];
    if (signature !== undefined) return decodeSpecial(signature, value, secretSeen);
    const decoded: JsonObject = {};
    for (const [key, inner] of Object.entries(value)) {
        if (inner !== undefined) decoded[key] = decode(inner, secretSeen);
    }
    return decoded;
}

function decodeSpecial(
    signature: unknown,
    value: Readonly<Record<string, unknown>>,
    secretSeen: () => void,
): Json {
    switch (signature) {
        case runtime.specialSecretSig:
            secretSeen();
            return decode(value["value"] ?? null, secretSeen);
        case runtime.specialResourceSig:
            return decode(value["id"] ?? value["urn"] ?? null, secretSeen);
        case runtime.specialAssetSig:
            for (const asset of ["path", "text", "uri"] as const) {
                const content = value[asset];
                if (typeof content === "string") return { asset, value: content };
            }
            throw new Error("an asset without path, text or address cannot be applied");
        default:
            throw new Error("archives among a resource's inputs are not supported without the CLI");
    }
}
