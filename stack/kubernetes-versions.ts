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

/** What is known of the support of a line of Kubernetes on one day. */
export type KubernetesSupport =
    | { readonly state: "supported" | "ended"; readonly until: string }
    /** Older or newer than every line of the table. */
    | { readonly state: "unknown" };

/**
 * Whether a minor line of Kubernetes gets fixes.
 *
 * @param line for example `1.36`
 * @param today as `2026-11-30`
 */
export function kubernetesSupport(line: string, today: string): KubernetesSupport {
    const until = END_OF_LIFE[line];
    if (until === undefined) {
        return { state: "unknown" };
    }
    return { state: today <= until ? "supported" : "ended", until };
}
