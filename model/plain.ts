/** Something in a value that is no plain data, and where. */
export interface NotPlain {
    readonly path: readonly PropertyKey[];
    /** What is there, and what is allowed. */
    readonly reason: string;
}

const ALLOWED = "allowed: text, numbers, true, false, lists and plain objects";
/** Deeper than any declaration. */
const DEPTH = 16;
/** Values in all, so that one that is shared a thousand times does not fill the memory. */
const VALUES = 2_000_000;
/** After these nobody reads on. */
const REPORTED = 100;

/** Text that is shown of a value that cannot be shown as JSON. */
function kindOf(value: unknown): string {
    switch (typeof value) {
        case "number":
            return String(value);
        case "bigint":
            return "a bigint";
        case "symbol":
            return "a symbol";
        case "function":
            return "a function";
        default:
            return "something that is no plain object";
    }
}

/**
 * Copies a value that is plain data, each field read once: no getter, proxy or class gets to say two things. Fields that
 * are `undefined` are left out.
 *
 * @returns the copy, and everything that is no plain data and therefore not in it
 */
export function plainCopy(value: unknown): { readonly copy: unknown; readonly faults: NotPlain[] } {
    const copier = new Copier();
    const copy = copier.copyOf(value, []);
    return { copy, faults: copier.faults };
}

class Copier {
    readonly faults: NotPlain[] = [];
    #left = VALUES;

    copyOf(value: unknown, path: readonly PropertyKey[]): unknown {
        this.#left -= 1;
        if (this.#left < 0 || path.length > DEPTH) {
            const limit = path.length > DEPTH ? `${DEPTH} levels` : `${VALUES} values`;
            return this.#fault(path, `it goes on and on; allowed: at most ${limit}`);
        }
        switch (typeof value) {
            case "string":
            case "boolean":
            case "undefined":
                return value;
            case "number":
                return Number.isFinite(value)
                    ? value
                    : this.#fault(path, `${kindOf(value)} is not allowed; ${ALLOWED}`);
            case "object":
                return value === null ? null : this.#objectOf(value, path);
            default:
                return this.#fault(path, `${kindOf(value)} is not allowed; ${ALLOWED}`);
        }
    }

    #objectOf(value: object, path: readonly PropertyKey[]): unknown {
        try {
            const isList = Array.isArray(value);
            const prototype: unknown = Object.getPrototypeOf(value);
            if (!isList && prototype !== Object.prototype && prototype !== null) {
                return this.#fault(path, `${kindOf(value)} is not allowed; ${ALLOWED}`);
            }
            if (isList && Reflect.ownKeys(value).length !== value.length + 1) {
                return this.#fault(path, `a list with gaps is not allowed; ${ALLOWED}`);
            }
            const fields = this.#fieldsOf(value, path);
            return isList ? fields.map(([, field]) => field) : Object.fromEntries(fields);
        } catch {
            // Whatever a proxy throws may be anything, and is not for people.
            return this.#fault(path, `it cannot be read; ${ALLOWED}`);
        }
    }

    #fieldsOf(value: object, path: readonly PropertyKey[]): (readonly [string, unknown])[] {
        const fields: (readonly [string, unknown])[] = [];
        for (const key of Reflect.ownKeys(value)) {
            const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
            if (descriptor?.enumerable !== true) {
                continue;
            }
            const place = [...path, Array.isArray(value) ? Number(key) : key];
            if (typeof key === "symbol" || key === "__proto__") {
                this.#fault(place, "there is no such key");
            } else if (!("value" in descriptor)) {
                this.#fault(place, `a getter is not allowed; ${ALLOWED}`);
            } else {
                const copy = this.copyOf(descriptor.value, place);
                if (copy !== undefined || Array.isArray(value)) {
                    fields.push([key, copy]);
                }
            }
        }
        return fields;
    }

    /** @returns what stands in the copy instead: nothing */
    #fault(path: readonly PropertyKey[], reason: string): unknown {
        if (this.faults.length < REPORTED) {
            this.faults.push({ path, reason });
        }
        return undefined;
    }
}
