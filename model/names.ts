/** Characters of a label, which is what a Service, a container and each part of a host are named by. */
export const LABEL_LENGTH = 63;
const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** Whether a text can be the name of a Service, a label's value and a part of a host. */
export function isDnsLabel(text: string, longest = LABEL_LENGTH): boolean {
    return text.length <= longest && DNS_LABEL.test(text);
}

/** The values that occur more than once, each once. */
export function repeated(values: readonly string[]): string[] {
    const seen = new Set<string>();
    const again = new Set<string>();
    for (const value of values) {
        (seen.has(value) ? again : seen).add(value);
    }
    return [...again];
}

const REPOSITORY_LENGTH = 255;
const REGISTRY =
    /^(?:[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?(?::\d{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Whether a text is an image's reference with its tag, its digest or both, as every registry and every node take it.
 * Without either it is whatever was pushed last.
 *
 * Source: https://github.com/distribution/reference/blob/main/reference.go
 */
export function isPinnedImage(text: string): boolean {
    const [rest = "", digest, ...more] = text.split("@");
    const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
    const [repository, tag] =
        colon < 0 ? [rest, undefined] : [rest.slice(0, colon), rest.slice(colon + 1)];
    return (
        more.length === 0 &&
        (tag !== undefined || digest !== undefined) &&
        (tag === undefined || isTag(tag)) &&
        (digest === undefined || isDigest(digest)) &&
        isRepository(repository)
    );
}

/** Whether a text is an image's tag. */
export function isTag(text: string): boolean {
    return TAG.test(text);
}

/** Whether a text is an image's digest. */
export function isDigest(text: string): boolean {
    return DIGEST.test(text);
}

/** Whether a text is a registry, or a place in one, below which there may be images. */
export function isRegistry(text: string): boolean {
    return isRepository(`${text}/image`);
}

/** A first part with a dot or a port in it is a registry. */
function isRepository(text: string): boolean {
    const [first = "", ...others] = text.split("/");
    const path = others.length > 0 && /[.:]|^localhost$/.test(first) ? others : [first, ...others];
    return (
        text.length <= REPOSITORY_LENGTH &&
        (path.length > others.length || REGISTRY.test(first)) &&
        path.every((component) => COMPONENT.test(component))
    );
}

/** Names by which Istio's matches mean something else than a header: such a match would hold for every request. */
const NO_HEADERS: readonly string[] = ["uri", "scheme", "method", "authority"];

/** Whether a text is the name of a request header that routes can be chosen by. */
export function isHeaderName(text: string): boolean {
    return /^[A-Za-z0-9-]{1,128}$/.test(text) && !NO_HEADERS.includes(text.toLowerCase());
}

/** Whether a text is a header's value as it arrives, whoever reads it. */
export function isHeaderValue(text: string): boolean {
    return /^[\x21-\x7e]{1,256}$/.test(text);
}

/** Whether a text is the name of an environment variable, in every shell. */
export function isVariable(text: string): boolean {
    return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text);
}

/** A scheme, as a part of a port's name as well. */
const SCHEME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Characters of a port's name. */
const PORT_NAME_LENGTH = 15;

/** Name of the port on which a backing service serves: it says that it is TCP. */
export function tcpPortName(scheme: string): string {
    return `tcp-${scheme}`;
}

/** Characters of a backing service's scheme. */
export const SCHEME_LENGTH = PORT_NAME_LENGTH - tcpPortName("").length;

/** Whether a text is the scheme of an address, and leaves its port a name. */
export function isScheme(text: string): boolean {
    return text.length <= SCHEME_LENGTH && SCHEME.test(text);
}
