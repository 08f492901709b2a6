/** Elements by each of their keys. */
export function grouped<Element>(
    elements: readonly Element[],
    keysOf: (element: Element) => readonly string[],
): ReadonlyMap<string, readonly Element[]> {
    const groups = new Map<string, Element[]>();
    for (const element of elements) {
        for (const key of new Set(keysOf(element))) {
            const group = groups.get(key);
            if (group === undefined) {
                groups.set(key, [element]);
            } else {
                group.push(element);
            }
        }
    }
    return groups;
}
