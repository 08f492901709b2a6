import { ENCRYPTED, UNKNOWN } from "#policy/known.ts";
import {
    OUTPUT_VALUE,
    RESOURCE,
    SECRET,
    SIGNATURE,
    UNKNOWN_MARK,
    UNKNOWN_VALUE,
} from "#stack/render/values.ts";

type Fields = Readonly<Record<string, unknown>>;
/** Is told of every secret that can be read. */
type Note = (secret: unknown) => void;

/** A secret in the clear after `--show-secrets`, or from a program; else an export holds its ciphertext alone. */
function secretIn({ plaintext, value }: Fields, note: Note): unknown {
    if (typeof plaintext !== "string" && value === undefined) {
        return ENCRYPTED;
    }
    const secret = plainValue(typeof plaintext === "string" ? parsed(plaintext) : value, note);
    note(secret);
    return secret;
}

function parsed(json: string): unknown {
    try {
        return JSON.parse(json) as unknown;
    } catch {
        return json;
    }
}

/** An output is not known yet where it has no value. */
function outputIn({ value, secret }: Fields, note: Note): unknown {
    if (value === undefined) {
        return UNKNOWN;
    }
    const plain = plainValue(value, note);
    if (secret === true) {
        note(plain);
    }
    return plain;
}

/**
 * What a value of a state or of a rendering stands for: Pulumi writes secrets, outputs and resources as objects with a
 * signature. Assets and archives stay as they are written.
 */
export function plainValue(value: unknown, note: Note = () => undefined): unknown {
    if (value === UNKNOWN_MARK || value === UNKNOWN_VALUE) {
        return UNKNOWN;
    }
    if (Array.isArray(value)) {
        return value.map((inner) => plainValue(inner, note));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const fields = value as Fields;
    switch (fields[SIGNATURE]) {
        case SECRET:
            return secretIn(fields, note);
        case OUTPUT_VALUE:
            return outputIn(fields, note);
        case RESOURCE:
            return fields["urn"];
        default:
            return Object.fromEntries(
                Object.entries(fields).map(([key, inner]) => [key, plainValue(inner, note)]),
            );
    }
}
