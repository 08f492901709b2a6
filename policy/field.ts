import { Unknown, UNSAID } from "./known.ts";

/** What an object is, whatever its version. */
export interface Identity {
    /** API group; empty for the core group, `helm.sh` for Helm's releases and charts. */
    readonly group: string;
    readonly version: string;
    readonly kind: string;
    /** Whether it runs pods, whoever defines its kind. */
    readonly runsPods: boolean;
}

/** One Kubernetes object or Helm release, whatever resource it came from. */
export interface KubernetesObject extends Identity {
    readonly urn: string;
    /** Which of the stack's clusters it is in; what is in one says nothing of another. */
    readonly cluster: string;
    /** Whether the stack only reads it: it counts for others, and is nobody's to mend here. */
    readonly external: boolean;
    /** Whether it is a Patch, which says what it sets and nothing of the rest. */
    readonly partial: boolean;
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
    /** Why nobody can tell: neither a pass nor a violation. */
    readonly unknown: Unknown | undefined;
}

/** Thrown by reading a {@link Field} whose value nobody can tell. */
export class UnknownValue extends Error {
    readonly field: Field;
    readonly why: Unknown;

    constructor(field: Field, why: Unknown) {
        super(`${field.path}: ${why.sentence}`);
        this.field = field;
        this.why = why;
    }
}

/** A value within another one that is written somewhere else: what is one thing may be said in several places. */
export class Placed {
    readonly path: string;
    readonly value: unknown;

    constructor(path: string, value: unknown) {
        this.path = path;
        this.value = value;
    }
}

/** What a Patch says of itself by leaving it out. */
const OWN_OF_A_PATCH: ReadonlySet<string> = new Set([
    "apiVersion",
    "kind",
    "metadata",
    "metadata.name",
    "metadata.namespace",
]);

/** One step from another field. */
interface Step {
    readonly above: Field;
    readonly step: string | number;
}

/**
 * A place in an object, and what stands there. Going to a place that does not exist is no error; reading a value that
 * nobody can tell throws {@link UnknownValue}, so that it can never be taken for a value that is absent.
 */
export class Field {
    readonly object: KubernetesObject;
    readonly #value: unknown;
    /** Written out when somebody asks, which is seldom: most fields are only gone through. */
    #path: string | Step;

    /** @param path as {@link Field.path} has it, or the last step of it */
    constructor(object: KubernetesObject, path: string | Step, value: unknown) {
        this.object = object;
        this.#path = path;
        this.#value = value;
    }

    /** Steps from the object's root, for example `spec.http[0].timeout`. */
    get path(): string {
        if (typeof this.#path !== "string") {
            const { above, step } = this.#path;
            this.#path = pathBelow(above.path, step);
        }
        return this.#path;
    }

    /** The field that many steps below. Below an unknown field everything is that unknown field. */
    at(...steps: readonly (string | number)[]): Field {
        return steps.reduce<Field>((field, step) => field.#child(step), this);
    }

    #child(step: string | number): Field {
        const value = this.#value;
        if (value instanceof Unknown) {
            return this;
        }
        const inner =
            typeof value === "object" && value !== null && Object.hasOwn(value, step)
                ? (Reflect.get(value, step) as unknown)
                : undefined;
        if (inner instanceof Placed) {
            return new Field(this.object, inner.path, inner.value);
        }
        const isUnsaid =
            inner === undefined &&
            this.object.partial &&
            !OWN_OF_A_PATCH.has(pathBelow(this.path, step));
        return new Field(this.object, { above: this, step }, isUnsaid ? UNSAID : inner);
    }

    /** Whether the value can be read at all. */
    get known(): boolean {
        return !(this.#value instanceof Unknown);
    }

    /** The value with its place, whether it can be read or not. */
    get placed(): Placed {
        return new Placed(this.path, this.#value);
    }

    /** Whether a Patch says nothing of it. */
    get unsaid(): boolean {
        return this.#value === UNSAID;
    }

    /** @throws UnknownValue */
    get value(): unknown {
        if (this.#value instanceof Unknown) {
            throw new UnknownValue(this, this.#value);
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
        return this.#finding(`${there}; ${allowed}`, undefined);
    }

    /** That nobody can tell what is here. */
    undecided(why: Unknown): Finding {
        return this.#finding(why.sentence, why);
    }

    #finding(sentence: string, unknown: Unknown | undefined): Finding {
        const { object, path } = this;
        const place = path === "" ? object.label : `${object.label}: ${path}`;
        return { object, path, message: `${place}: ${sentence}`, unknown };
    }
}

/** The path of what stands at a key or place below another path. */
export function pathBelow(path: string, step: string | number): string {
    if (typeof step === "number") {
        return `${path}[${step}]`;
    }
    if (!/^[A-Za-z_][\w-]*$/.test(step)) {
        return `${path}[${JSON.stringify(step)}]`;
    }
    return path === "" ? step : `${path}.${step}`;
}
