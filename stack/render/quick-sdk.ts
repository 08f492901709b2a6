// What the SDK does for a debugger, an engine or a value that has yet to come, and the rendering of plain values does without:
// it would be most of what a rendering takes, in time and in memory. What is not plain is left to the SDK.
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import protobuf from "google-protobuf/google/protobuf/struct_pb.js";

type SerializeProperties = (
    label: string,
    props: pulumi.Inputs,
    options?: unknown,
) => Promise<readonly [object, ReadonlyMap<string, ReadonlySet<pulumi.Resource>>]>;

/** Gives a resource its properties as Outputs. @returns what settles each of them */
type TransferProperties = (
    resource: pulumi.Resource,
    label: string,
    props: pulumi.Inputs,
) => Record<string, Settle>;
type Settle = (...outcome: readonly unknown[]) => void;

const require = createRequire(import.meta.url);
const debuggable = require("@pulumi/pulumi/runtime/debuggable.js") as {
    debuggablePromise: (promise: Promise<unknown>) => Promise<unknown>;
};
const rpc = require("@pulumi/pulumi/runtime/rpc.js") as {
    serializeResourceProperties: SerializeProperties;
    transferProperties: TransferProperties;
};
const resource = pulumi.Resource as unknown as { stackTrace: () => readonly unknown[] };

const OWN_FIELD = { configurable: true, enumerable: true } as const;

/** Stands for a value that somebody has to wait for, or that is more than its fields. */
const NOT_PLAIN = Symbol("not plain");

/** A plain value as the SDK puts it on the wire: `undefined` is left out of objects, and `null` in arrays. */
function serialized(value: unknown): unknown {
    if (typeof value === "function") {
        return undefined;
    }
    if (typeof value !== "object" || value === null) {
        return typeof value === "symbol" || typeof value === "bigint" ? NOT_PLAIN : value;
    }
    if (Array.isArray(value)) {
        const elements = Array.from(value, (inner) => serialized(inner) ?? null);
        return elements.includes(NOT_PLAIN) ? NOT_PLAIN : elements;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) {
        return NOT_PLAIN;
    }
    const fields: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) {
        const field = serialized(inner);
        if (field === NOT_PLAIN) {
            return NOT_PLAIN;
        }
        if (field !== undefined) {
            fields[key] = field;
        }
    }
    return fields;
}

/** Makes plain inputs wait for nothing: the SDK waits for each value in them, all resources at the same time. */
function serializePlainAtOnce(): void {
    const original = rpc.serializeResourceProperties;
    rpc.serializeResourceProperties = (label, props, options) => {
        const plain = serialized(Object.fromEntries(entriesOf(props)));
        return plain === NOT_PLAIN
            ? original(label, props, options)
            : Promise.resolve([
                  plain as object,
                  new Map(Object.keys(plain as object).map((key) => [key, new Set()])),
              ]);
    };
}

/** What a resource has as its properties: the SDK keeps these two for itself. */
function entriesOf(props: pulumi.Inputs): readonly (readonly [string, unknown])[] {
    return Object.entries(props).filter(([key]) => key !== "id" && key !== "urn");
}

/** Makes an Output when somebody reads it: most are never read, and each is some thirty promises and functions. */
function transferWhatIsRead(): void {
    const original = rpc.transferProperties;
    rpc.transferProperties = (onto, label, props) => {
        const entries = entriesOf(props);
        // Of a property that is there already the SDK complains.
        return entries.some(([key]) => Object.hasOwn(onto, key))
            ? original(onto, label, props)
            : Object.fromEntries(
                  entries.map(([key, value]) => [
                      key,
                      lazyOutput(onto, key, () => original(onto, label, { [key]: value })[key]),
                  ]),
              );
    };
}

/**
 * @param make puts the Output in place of what is there now
 * @returns what settles it, whether or not it has been made
 */
function lazyOutput(onto: object, key: string, make: () => Settle | undefined): Settle {
    let settle: Settle | undefined;
    let outcome: readonly unknown[] | undefined;
    const replaceBy = (value: unknown): void => {
        Object.defineProperty(onto, key, { ...OWN_FIELD, value, writable: true });
    };
    const read = (): unknown => {
        Reflect.deleteProperty(onto, key);
        settle = make();
        if (outcome !== undefined) {
            settle?.(...outcome);
        }
        return Reflect.get(onto, key);
    };
    Object.defineProperty(onto, key, { ...OWN_FIELD, get: read, set: replaceBy });
    return (...given) => {
        outcome = given;
        settle?.(...given);
    };
}

/** A message that is never sent: what it is made of is read from it, its keys in the order that a message has. */
function unsentStruct(value: Record<string, protobuf.JavaScriptValue>): protobuf.Struct {
    return Object.assign(new protobuf.Struct(), { toJavaScript: () => sorted(value) });
}

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(sorted);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const fields = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
        Object.keys(fields)
            .sort()
            .map((key) => [key, sorted(fields[key])]),
    );
}

/**
 * Spares the SDK's registrations what a rendering does not show.
 *
 * @param onMade is called when a resource is made, long before the registration of one of many
 */
export function quickenRegistrations(onMade: () => void): void {
    // Promises keep no stack trace, and resources no place in the program: nobody reads them.
    debuggable.debuggablePromise = (promise) => promise;
    resource.stackTrace = () => {
        onMade();
        return [];
    };
    protobuf.Struct.fromJavaScript = unsentStruct;
    serializePlainAtOnce();
    transferWhatIsRead();
}
