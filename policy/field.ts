import { UNKNOWN } from "./known.ts";

/** What an object is, whatever its version. */
export interface Identity {
    /** API group; empty for the core group, `helm.sh` for Helm's releases and charts. */
    readonly group: string;
    readonly version: string;
    readonly kind: string;
}

/** One Kubernetes object or Helm release, whatever resource it came from. */
export interface KubernetesObject extends Identity {
    readonly urn: string;
    /** Its root: `root.at("spec", "mtls")`. */
    readonly root: Field;
    /** `<Kind> <namespace>/<name>`, as every message begins. */
    readonly label: string;
    /** Namespace; the provider's where the object names none. Empty for what has none. @throws UnknownValue */
    readonly namespace: string;
    /** `metadata.name`; a release's own name. @throws UnknownValue */
    readonly name: string;
}

/** One thing that is not as it should be, or that nobody can tell yet. */
export interface Finding {
    readonly object: KubernetesObject;
    /** Where in the object, for example `spec.subsets[0].trafficPolicy.tls.mode`. */
    readonly path: string;
    /** `<Kind> <namespace>/<name>: <path>: <what is there>; <what is allowed>`. */
    readonly message: string;
    /** The value is not known at preview: neither a pass nor a violation. */
    readonly unknown: boolean;
}

/** Thrown by reading a {@link Field} whose value is not known yet. */
export class UnknownValue extends Error {
    readonly field: Field;

    constructor(field: Field) {
        super(`${field.path} is not known yet`);
        this.field = field;
    }
}

/**
 * A place in an object, and what stands there. Going to a place that does not exist is no error; reading a value that
 * is not known yet throws {@link UnknownValue}, so that it can never be taken for a value that is absent.
 */
export class Field {
    readonly object: KubernetesObject;
    /** Steps from the object's root, for example `spec.http[0].timeout`. */
    readonly path: string;
    readonly #value: unknown;

    constructor(object: KubernetesObject, path: string, value: unknown) {
        this.object = object;
        this.path = path;
        this.#value = value;
    }

    /** The field that many steps below. Below an unknown field everything is that unknown field. */
    at(...steps: readonly (string | number)[]): Field {
        return steps.reduce<Field>((field, step) => field.#child(step), this);
    }

    #child(step: string | number): Field {
        const value = this.#value;
        if (value === UNKNOWN) {
            return this;
        }
        const inner =
            typeof value === "object" && value !== null && Object.hasOwn(value, step)
                ? (Reflect.get(value, step) as unknown)
                : undefined;
        return new Field(this.object, joined(this.path, step), inner);
    }

    /** Whether the value can be read at all. */
    get known(): boolean {
        return this.#value !== UNKNOWN;
    }

    /** @throws UnknownValue */
    get value(): unknown {
        if (this.#value === UNKNOWN) {
            throw new UnknownValue(this);
        }
        return this.#value;
    }

    /** Whether anything but null stands here. @throws UnknownValue */
    get exists(): boolean {
        return this.value !== undefined && this.value !== null;
    }

    /** A text; numbers and booleans as text. `undefined` for anything else. @throws UnknownValue */
    text(): string | undefined {
        const value = this.value;
        return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
            ? String(value)
            : undefined;
    }

    /** A number, also one written as text. `undefined` for anything else. @throws UnknownValue */
    number(): number | undefined {
        const text = this.text();
        const number = text === undefined || text.trim() === "" ? NaN : Number(text);
        return Number.isNaN(number) ? undefined : number;
    }

    /** A boolean, also one written as text. `undefined` for anything else. @throws UnknownValue */
    flag(): boolean | undefined {
        const text = this.text()?.toLowerCase();
        return text === "true" ? true : text === "false" ? false : undefined;
    }

    /** The elements of a list; none where there is no list. @throws UnknownValue */
    items(): readonly Field[] {
        const value = this.value;
        return Array.isArray(value) ? value.map((_, index) => this.at(index)) : [];
    }

    /** The entries of a map, or none. @throws UnknownValue */
    entries(): readonly (readonly [key: string, field: Field])[] {
        const value = this.value;
        return typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.keys(value).map((key) => [key, this.at(key)] as const)
            : [];
    }

    /** The texts of a list. @throws UnknownValue for the list or any of its elements */
    texts(): readonly string[] {
        return this.items().flatMap((item) => item.text() ?? []);
    }

    /**
     * What is wrong here.
     *
     * @param there what was found, for example `PERMISSIVE accepts plaintext`
     * @param allowed what may stand here instead, for example `only STRICT is allowed`
     */
    finding(there: string, allowed: string): Finding {
        const { object, path } = this;
        const place = path === "" ? object.label : `${object.label}: ${path}`;
        return { object, path, message: `${place}: ${there}; ${allowed}`, unknown: false };
    }
}

function joined(path: string, step: string | number): string {
    if (typeof step === "number") {
        return `${path}[${step}]`;
    }
    if (!/^[A-Za-z_][\w-]*$/.test(step)) {
        return `${path}[${JSON.stringify(step)}]`;
    }
    return path === "" ? step : `${path}.${step}`;
}
