/** Minor lines of Istio that get fixes. Source: https://istio.io/latest/docs/releases/supported-releases/ */
const SUPPORTED = ["1.30", "1.31"] as const;

/**
 * Oldest and newest minor line of Kubernetes that each of them is supported on. Sources:
 * https://istio.io/latest/news/releases/1.30.x/announcing-1.30/
 * https://istio.io/latest/news/releases/1.31.x/announcing-1.31/
 */
const KUBERNETES: Readonly<Record<string, readonly [oldest: string, newest: string]>> = {
    "1.30": ["1.32", "1.36"],
    "1.31": ["1.32", "1.36"],
} satisfies Record<(typeof SUPPORTED)[number], readonly [string, string]>;

/** Earlier lines with the day their support ended. */
const END_OF_LIFE: Readonly<Record<string, string>> = {
    "1.22": "2025-01-22",
    "1.23": "2025-04-16",
    "1.24": "2025-06-24",
    "1.25": "2025-09-30",
    "1.26": "2025-12-22",
    "1.27": "2026-03-30",
    "1.28": "2026-06-29",
    "1.29": "2026-10-12",
};

/**
 * Why an Istio version is refused.
 *
 * @param version for example `1.31.1`
 * @returns what is allowed instead, or `undefined` for a version of a supported line
 */
export function unsupportedIstioVersion(version: string): string | undefined {
    const allowed = SUPPORTED.map((line) => `${line}.x`).join(", ");
    const line = /^(\d+\.\d+)\.\d+$/.exec(version)?.[1];
    if (line === undefined) {
        return `a full version of ${allowed}`;
    }
    if (SUPPORTED.some((supported) => supported === line)) {
        return undefined;
    }
    const ended = END_OF_LIFE[line];
    return ended === undefined
        ? `${allowed}; ${line} is not a line this program knows`
        : `${allowed}; support of ${line} ended on ${ended}`;
}

/**
 * The minor lines of Kubernetes that a version of Istio is supported on.
 *
 * @param version for example `1.31.1`
 * @returns the oldest and the newest, or `undefined` for a version of no supported line
 */
export function kubernetesLinesOf(
    version: string,
): readonly [oldest: string, newest: string] | undefined {
    return KUBERNETES[version.split(".").slice(0, 2).join(".")];
}
