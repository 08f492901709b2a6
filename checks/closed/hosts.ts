/** Whether two hosts, either of which may begin with `*`, can stand for the same one. */
export function overlap(one: string, other: string): boolean {
    if (one.startsWith("*") && other.startsWith("*")) {
        return one.slice(1).endsWith(other.slice(1)) || other.slice(1).endsWith(one.slice(1));
    }
    if (one.startsWith("*")) {
        return other.endsWith(one.slice(1));
    }
    return other.startsWith("*") ? one.endsWith(other.slice(1)) : one === other;
}
