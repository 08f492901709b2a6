/** Filled in by Istio's injector. */
const INJECTED = "auto";

/** An image's reference, taken apart. */
export interface ImageReference {
    /** Without a digest. */
    readonly tag: string | undefined;
    readonly digest: string | undefined;
}

/** Takes `registry:5000/name:tag@sha256:...` apart; `undefined` for what the injector fills in. */
export function parseImage(image: string): ImageReference | undefined {
    if (image === INJECTED) {
        return undefined;
    }
    const [name = "", digest] = image.split("@");
    const tag = /:([^/:]*)$/.exec(name)?.[1];
    return { tag: tag === "" ? undefined : tag, digest };
}

/** The retired host that an address or an image begins with; a mirror of its own name in its path is none. */
export function retiredHostIn(text: string, hosts: readonly string[]): string | undefined {
    const place = text.trim().replace(/^[a-z][a-z0-9+]*:\/\//i, "");
    return hosts.find(
        (host) =>
            place === host || (/^[/:]/.test(place.slice(host.length)) && place.startsWith(host)),
    );
}
