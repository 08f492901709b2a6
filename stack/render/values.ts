// Signatures of the SDK's wire format, from its runtime/rpc module.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What stands in for a secret's value. */
export const SECRET_MARK = "[secret]";
/** What stands in for a value that only an update knows. */
export const UNKNOWN_MARK = "[unknown]";

/** A value on the wire, made readable: secrets and unknowns as marks, resources by their URN. */
export function readable(value: unknown): unknown {
    if (value === UNKNOWN) {
        return UNKNOWN_MARK;
    }
    if (Array.isArray(value)) {
        return value.map(readable);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const fields = value as Readonly<Record<string, unknown>>;
    switch (fields[SIGNATURE]) {
        case SECRET:
            return SECRET_MARK;
        case RESOURCE:
            return fields["urn"];
        default:
            return Object.fromEntries(
                Object.entries(fields).map(([key, inner]) => [key, readable(inner)]),
            );
    }
}
