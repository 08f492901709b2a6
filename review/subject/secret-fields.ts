type Fields = Readonly<Record<string, unknown>>;

/** Stands for what nobody is shown. */
const MASK = "[secret]";
const VALUES = ["data", "stringData"];
/** Where `kubectl apply` keeps the whole of what it was given. */
const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The fields of a Secret that nobody is shown. */
export function secretsOf(secret: Fields): readonly unknown[] {
    return [...VALUES.map((field) => secret[field]), annotationsOf(secret)?.[APPLIED]].filter(
        (value) => value !== undefined && value !== null,
    );
}

/** A Secret of which the names of its values are all that is left of them. */
export function withoutSecrets<Secret extends Fields>(secret: Secret): Secret {
    const values = VALUES.filter((field) => secret[field] !== undefined && secret[field] !== null);
    const annotations = annotationsOf(secret);
    return {
        ...secret,
        ...Object.fromEntries(values.map((field) => [field, maskedValue(secret[field])])),
        ...(annotations?.[APPLIED] !== undefined && {
            metadata: {
                ...fieldsIn(secret["metadata"]),
                annotations: { ...annotations, [APPLIED]: MASK },
            },
        }),
    };
}

function maskedValue(value: unknown): unknown {
    const fields = fieldsIn(value);
    return fields === undefined
        ? MASK
        : Object.fromEntries(Object.keys(fields).map((key) => [key, MASK]));
}

function annotationsOf({ metadata }: Fields): Fields | undefined {
    return fieldsIn(fieldsIn(metadata)?.["annotations"]);
}

function fieldsIn(value: unknown): Fields | undefined {
    return typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Fields)
        : undefined;
}
