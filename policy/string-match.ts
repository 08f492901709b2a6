/** A value of Istio's as it compares it: `*` at one end stands for anything, anywhere else for itself. */
export function fits(pattern: string, text: string): boolean {
    if (pattern.startsWith("*")) {
        return text.endsWith(pattern.slice(1));
    }
    return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

/** Whether a `*` stands where Istio takes it for the character. */
export function hasLiteralStar(pattern: string): boolean {
    const star = pattern.startsWith("*") ? pattern.slice(1) : pattern.replace(/\*$/, "");
    return star.includes("*");
}

/** Methods that Envoy takes from a client; the usual ones first. */
export const METHODS: readonly string[] = [
    ..."GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE".split(" "),
    ..."ACL BIND CHECKOUT COPY LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE".split(
        " ",
    ),
    ..."NOTIFY PROPFIND PROPPATCH PURGE QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE".split(" "),
    ..."UNBIND UNLINK UNLOCK UNSUBSCRIBE".split(" "),
];
