/** As a proxy sees it after normalization: an escape, `//` or a dot segment would never match. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*(?:\/\*)?$/;

/** Whether a text is a path that a request can have once proxies have normalized it; it may end in `/*`. */
export function isPlainPath(path: string): boolean {
    return path === "/" || (path !== "" && PATH.test(path));
}

/** A prefix in the one form in which everything is derived from it: without a slash at its end, `/` alone excepted. */
export function normalPrefix(prefix: `/${string}`): `/${string}` {
    return prefix.length > 1 && prefix.endsWith("/")
        ? (prefix.slice(0, -1) as `/${string}`)
        : prefix;
}

/** The path of something below a prefix: `/orders/metrics`, and `/metrics` below `/`. */
export function pathBelow(prefix: string, rest: string): `/${string}` {
    return prefix === "/" ? `/${rest}` : (`${prefix}/${rest}` as `/${string}`);
}
