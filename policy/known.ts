/** Stands for a value that nobody can read here, and says why. */
export class Unknown {
    /** The finding about whatever depends on it. */
    readonly sentence: string;

    constructor(sentence: string) {
        this.sentence = sentence;
    }
}

/** Stands for a value that only an update knows. */
export const UNKNOWN = new Unknown("cannot be judged at preview; the value is not known yet");

/** Stands for a secret of an export that holds its ciphertext alone. */
export const ENCRYPTED = new Unknown(
    "cannot be judged: encrypted in this export, use pulumi stack export --show-secrets",
);

/** Stands for what the value files of a chart may say. */
export const UNREAD = new Unknown("cannot be judged; the files may say it, which no policy reads");

/** Stands for what a Patch leaves out: the object has it from somebody else, and nothing is said about it. */
export const UNSAID = new Unknown("cannot be judged; the Patch leaves it to others");

/** The texts by which Pulumi's engine sends an unknown boolean, number, string, list, asset, archive and object. */
const UNKNOWN_ON_THE_WIRE: ReadonlySet<unknown> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** The key at which the SDK's proxy hands out what is behind it. */
const BEHIND_PROXY = "__getSpecialProxyTarget";

/** The SDK exports this error at run time only, so it is told by the field that nothing else has. */
function isUnknownValueError(error: unknown): boolean {
    return error instanceof Error && "unknownTypeSentinel" in error;
}

/**
 * What stands at `key`. The SDK hands properties over as a proxy that throws where a value is not known yet.
 *
 * @returns the value, or an {@link Unknown}
 */
export function readKey(holder: object, key: string | number): unknown {
    try {
        const value = Reflect.get(holder, key) as unknown;
        return UNKNOWN_ON_THE_WIRE.has(value) ? UNKNOWN : value;
    } catch (error) {
        if (isUnknownValueError(error)) {
            return UNKNOWN;
        }
        throw error;
    }
}

function copy(value: unknown): unknown {
    if (typeof value !== "object" || value === null || value instanceof Unknown) {
        return value;
    }
    if (Array.isArray(value)) {
        return Array.from({ length: value.length }, (_, index) => copy(readKey(value, index)));
    }
    return Object.fromEntries(Object.keys(value).map((key) => [key, copy(readKey(value, key))]));
}

/**
 * A plain copy of properties, in which an {@link Unknown} stands for every value that cannot be read. It is made of what
 * is behind the SDK's proxy where that can be had: a proxy for every field costs more than all rules together.
 */
export function plainCopy(props: object): unknown {
    const behind = Reflect.get(props, BEHIND_PROXY) as unknown;
    return copy(typeof behind === "object" && behind !== null ? behind : props);
}
