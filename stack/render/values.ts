// Signatures of the SDK's wire format, from its runtime/rpc module.
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
export const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What stands in for a secret's value. */
export const SECRET_MARK = "[secret]";
/** What stands in for a value that only an update knows. */
export const UNKNOWN_MARK = "[unknown]";

/**
 * A value on the wire, made readable: secrets and unknowns as marks, resources by their URN.
 *
 * @param showSecrets whether a secret keeps its value, in the object by which the SDK tells it
 */
export function readable(value: unknown, showSecrets = false): unknown {
    if (value === UNKNOWN_VALUE) {
        return UNKNOWN_MARK;
    }
    if (Array.isArray(value)) {
        return value.map((inner) => readable(inner, showSecrets));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const fields = value as Readonly<Record<string, unknown>>;
    const signature = fields[SIGNATURE];
    if (signature === RESOURCE) {
        return fields["urn"];
    }
    return signature === SECRET && !showSecrets
        ? SECRET_MARK
        : Object.fromEntries(
              Object.entries(fields).map(([key, inner]) => [key, readable(inner, showSecrets)]),
          );
}

/** A readable value whose secrets are shown, with marks in their place: the fields of a secret object stay. */
export function masked(value: unknown, isSecret = false): unknown {
    if (Array.isArray(value)) {
        return value.map((inner) => masked(inner, isSecret));
    }
    if (typeof value !== "object" || value === null) {
        return isSecret && value !== UNKNOWN_MARK ? SECRET_MARK : value;
    }
    const fields = value as Readonly<Record<string, unknown>>;
    return fields[SIGNATURE] === SECRET
        ? masked(fields["value"], true)
        : Object.fromEntries(
              Object.entries(fields).map(([key, inner]) => [key, masked(inner, isSecret)]),
          );
}

/** Whether something in a readable value is secret or not known. */
export function holdsMark(value: unknown): boolean {
    return typeof value === "object" && value !== null
        ? Object.values(value).some(holdsMark)
        : value === SECRET_MARK || value === UNKNOWN_MARK;
}
