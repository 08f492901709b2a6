import type { ErrorObject } from "ajv";
import { isErrno } from "#files.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";

/** Packages with the schemas of kinds, a module each: which kinds there are in each is seen by its module. */
const PACKAGES = [
    "kubernetes-models",
    "@kubernetes-models/istio",
    "@kubernetes-models/gateway-api",
    "@kubernetes-models/prometheus-operator",
] as const;

/** Tells what is wrong with an object of one kind. */
export type Validate = (object: object) => readonly ErrorObject[];

/**
 * Fields that supported versions of Istio have and the packages' schemas do not yet: these are of 1.29.
 * Definitions that a subject brings itself are asked before them.
 */
const NEWER_FIELDS: Readonly<Record<string, readonly string[]>> = {
    AuthorizationPolicy: ["trustDomains", "notTrustDomains"],
    DestinationRule: [
        "budgetInterval",
        "http2KeepAlive",
        "outlierDetectionHttpErrorCodes",
        "zoneAwareLbSetting",
    ],
    Gateway: ["insecureSkipVerify"],
    Sidecar: ["http2KeepAlive", "insecureSkipVerify"],
    Telemetry: ["disableContextPropagation"],
    VirtualService: ["prefixRewrite"],
};

/** Whether a field that a package's schema does not have is one of a newer version. */
export function isNewer({ apiVersion, kind }: DeclaredObject, field: string): boolean {
    return apiVersion.includes(".istio.io/") && NEWER_FIELDS[kind]?.includes(field) === true;
}

interface Model {
    readonly prototype: { validate(this: object): void };
}

/** What cannot be the name of a module is no kind of a package. */
const KIND = /^(?:[a-z0-9.-]+\/)?v\d\w* [A-Z]\w*$/;

const loaded = new Map<string, Promise<Validate | undefined>>();

/**
 * What the packages know of a kind. Only its own module is loaded: all of them take seconds.
 *
 * @returns `undefined` for a kind that none of them knows
 */
export function packagedSchema({
    apiVersion,
    kind,
}: Pick<DeclaredObject, "apiVersion" | "kind">): Promise<Validate | undefined> {
    const key = `${apiVersion} ${kind}`;
    const schema = loaded.get(key) ?? load(apiVersion, kind);
    loaded.set(key, schema);
    return schema;
}

async function load(apiVersion: string, kind: string): Promise<Validate | undefined> {
    if (!KIND.test(`${apiVersion} ${kind}`)) {
        return undefined;
    }
    for (const name of PACKAGES) {
        const model = await modelIn(`${name}/${apiVersion}/${kind}`, kind);
        if (model !== undefined) {
            return (object) => errorsOf(model, object);
        }
    }
    return undefined;
}

async function modelIn(path: string, kind: string): Promise<Model | undefined> {
    try {
        const module = (await import(path)) as Readonly<Record<string, unknown>>;
        const model = module[kind];
        // Parts of kinds have modules as well, and some a class, of no kind.
        return typeof model === "function" && Reflect.get(model, "kind") === kind
            ? model
            : undefined;
    } catch (error) {
        if (
            isErrno(error, "ERR_MODULE_NOT_FOUND") ||
            isErrno(error, "ERR_PACKAGE_PATH_NOT_EXPORTED")
        ) {
            return undefined;
        }
        throw error;
    }
}

function errorsOf({ prototype }: Model, object: object): readonly ErrorObject[] {
    try {
        prototype.validate.call(object);
        return [];
    } catch (error) {
        const { errors } = error as { readonly errors?: readonly ErrorObject[] };
        if (errors === undefined) {
            throw error;
        }
        return errors;
    }
}
