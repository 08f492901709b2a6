import type { Settings } from "./settings.ts";

/** The full name of a service: a name without dots is one of the object's own namespace. */
export function fullHost(host: string, namespace: string, { clusterDomain }: Settings): string {
    return host.includes(".") || host === "*" ? host : `${host}.${namespace}.svc.${clusterDomain}`;
}

/** Whether some name fits both; each may begin with `*`. */
export function overlaps(one: string, other: string): boolean {
    const [a, b] = [one.replace(/^\*/, ""), other.replace(/^\*/, "")];
    if (one.startsWith("*") && other.startsWith("*")) {
        return a.endsWith(b) || b.endsWith(a);
    }
    return one.startsWith("*") ? b.endsWith(a) : other.startsWith("*") ? a.endsWith(b) : a === b;
}

/**
 * Whether a host stands for everybody's names: `*`, a domain of one label, or one that only registries own. `*.local` is
 * how the gateways between clusters name the services of another one.
 */
export function isAnyHost(host: string): boolean {
    return /^\*(?!\.local$)(\.?[^.]+|\.(ac|co|com|edu|gov|net|org)\.[a-z]{2})?$/.test(host);
}
