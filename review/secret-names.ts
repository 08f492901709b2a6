/** Names under which people keep what nobody else may know, also where it is no secret to Pulumi or Kubernetes. */
const SECRET =
    /(?:^|[-_.])(?:authorization|cookie|credentials?|pass(?:word|wd|phrase)?|private[-_]?key|api[-_]?key|secret(?:[-_]?key)?|token)$/i;
/** The same at the end of a name whose words begin with capitals, such as `adminPassword`. */
const SECRET_WORD = /(?:ApiKey|Credentials?|Pass(?:word|phrase)|PrivateKey|Secret(?:Key)?|Token)$/;

/** Stands for what nobody is shown. */
export const HIDDEN = "[hidden]";

/** Whether what has this name may be a secret: a header, an environment variable, a field. */
export function isSecretName(name: string): boolean {
    return SECRET.test(name) || SECRET_WORD.test(name);
}

/** A value in which nothing stands that may be a secret by its name. */
export function withoutSecrets(value: unknown, name = ""): unknown {
    if (Array.isArray(value)) {
        return value.map((element) => withoutSecrets(element, name));
    }
    if (typeof value !== "object" || value === null) {
        return isSecretName(name) && value !== undefined && value !== null ? HIDDEN : value;
    }
    // An environment variable, or a header of the Gateway API, says its name beside its value.
    const said: unknown = Reflect.get(value, "name");
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [
            key,
            withoutSecrets(inner, key === "value" && typeof said === "string" ? said : key),
        ]),
    );
}
