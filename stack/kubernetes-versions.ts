/**
 * The last day of support of each minor line of Kubernetes. Sources:
 * https://kubernetes.io/releases/patch-releases/ and a page a line, such as https://kubernetes.io/releases/1.37/
 */
const END_OF_LIFE: Readonly<Record<string, string>> = {
    "1.30": "2025-07-15",
    "1.31": "2025-11-11",
    "1.32": "2026-02-28",
    "1.33": "2026-06-28",
    "1.34": "2026-10-27",
    "1.35": "2027-02-28",
    "1.36": "2027-06-28",
    "1.37": "2027-10-28",
};

/**
 * The last day on which a minor line of Kubernetes gets fixes, as `2026-11-30`.
 *
 * @param line for example `1.36`
 * @returns `undefined` for a line that is older or newer than every one of the table
 */
export function kubernetesSupportEnds(line: string): string | undefined {
    return END_OF_LIFE[line];
}
