/** How much of a value people read: enough to know it again. */
const SHOWN = 200;
/** Whole or not: what stands before it is an image and no password. */
const DIGEST = /@sha256:[0-9a-f]*$/;

/** A value of a configuration as people are shown it: never with a name and a password in an address, and never long. */
export function shownValue(value: unknown): string {
    const text = JSON.stringify(value, (_key, inner: unknown) =>
        typeof inner === "string" ? withoutCredentials(inner) : inner,
    );
    return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** A text without the name and the password of an address in it, and without its query, which may hold a token. */
export function withoutCredentials(text: string): string {
    const [digest = ""] = DIGEST.exec(text) ?? [];
    const rest = text.slice(0, text.length - digest.length);
    const at = rest.lastIndexOf("@");
    const [scheme = ""] = /^[a-z][-+.\w]{0,20}:\/\//i.exec(rest) ?? [];
    const place = at < 0 ? rest : `${scheme}…${rest.slice(at)}`;
    const query = scheme === "" ? -1 : place.indexOf("?");
    return (query < 0 ? place : `${place.slice(0, query)}?…`) + digest;
}
