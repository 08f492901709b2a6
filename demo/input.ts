/** A request that cannot be answered as asked: its status and one sentence for the caller. */
export class HttpError extends Error {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;

    constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
        super(message);
        this.status = status;
        this.headers = headers;
    }
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object, neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The JSON object in a request's body; an empty body is an empty object.
 *
 * @throws HttpError 400
 */
export function parseJsonBody(text: string): JsonObject {
    if (text.trim() === "") {
        return {};
    }
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new HttpError(400, `The body is not JSON: ${(error as Error).message}.`);
    }
    if (!isJsonObject(value)) {
        throw new HttpError(400, "The body must be a JSON object.");
    }
    return value;
}

/**
 * A name or id of 1 to 100 characters.
 *
 * @throws HttpError 400, also where the field is missing and there is no default
 */
export function textField(body: JsonObject, field: string, otherwise?: string): string {
    const value = body[field] ?? otherwise;
    if (typeof value !== "string" || !/^[\w.:-]{1,100}$/.test(value)) {
        throw new HttpError(
            400,
            `"${field}" must be 1 to 100 letters, digits, dots, colons, dashes or underscores.`,
        );
    }
    return value;
}

/**
 * A whole number from 1 to `max`.
 *
 * @throws HttpError 400
 */
export function countField(
    body: JsonObject,
    field: string,
    otherwise: number,
    max: number,
): number {
    const value = body[field] ?? otherwise;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > max) {
        throw new HttpError(400, `"${field}" must be a whole number from 1 to ${max}.`);
    }
    return value;
}
