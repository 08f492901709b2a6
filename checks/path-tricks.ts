/** A path that leads out of a declared one, or writes it in another way. */
const ELSEWHERE = "elsewhere";

/**
 * Other ways to write a path of any depth, and ways from it to others. Proxies, frameworks and file systems disagree
 * about nearly all of them, which is what makes them worth trying.
 * Source: https://istio.io/latest/docs/ops/best-practices/security/#understand-path-normalization
 *
 * @param path a path without wildcard, for example `/orders/1`
 * @param targets paths that nobody may reach, for example the metrics'
 */
export function pathTricks(path: string, targets: readonly string[]): readonly string[] {
    const tricks = [...otherSpellings(path), ...targets.flatMap((to) => waysOut(path, to))];
    return [...new Set(tricks)].filter((trick) => trick !== path);
}

function otherSpellings(path: string): string[] {
    const cut = path.lastIndexOf("/");
    const [parent, leaf] = [path.slice(0, cut), path.slice(cut + 1)];
    const encoded = leaf === "" ? leaf : `%${leaf.charCodeAt(0).toString(16)}${leaf.slice(1)}`;
    // A path of one segment has no slash inside that could be written otherwise.
    const inner = (separator: string): string[] =>
        parent === "" ? [`/${separator}${leaf}`] : [`${parent}${separator}${leaf}`];
    return [
        `/${path}`,
        ...["//", "/./", `/${ELSEWHERE}/../`, "/%2e/", "/%2E/"].map(
            (way) => `${parent}${way}${leaf}`,
        ),
        ...["%2F", "%2f", "%5C", "\\", "%252F", ";x=1/"].flatMap(inner),
        `/${ELSEWHERE}/..${path}`,
        `/${ELSEWHERE}/%2e%2e${path}`,
        `/..${path}`,
        `${parent}/${encoded}`,
        `${parent}/${leaf.toUpperCase()}`,
        path.toUpperCase(),
        ...["/", "//", "/.", "/..", ";x=1", "%20", "%2F", "%00", "%3Fx=1", "?x=1", "."].map(
            (end) => `${path}${end}`,
        ),
    ];
}

function waysOut(path: string, to: string): string[] {
    const up = path.split("/").slice(1);
    const climb = (step: string): string => up.map(() => step).join("");
    return [
        `${path}${climb("/..")}${to}`,
        `${path};x=1${climb("/..")}${to}`,
        `${path}${climb("/%2e%2e")}${to}`,
        `${path}${climb("%2F..")}${to.replaceAll("/", "%2F")}`,
        `${path}${climb("%5C..")}${to.replaceAll("/", "%5C")}`,
        `${path}${climb("/..;")}${to}`,
        `${path}${climb("%252F..")}${to.replaceAll("/", "%252F")}`,
    ];
}

/**
 * A path as an application would take it that decodes it once more than the proxies did: what a wildcard allows to
 * the letter can still mean something else to who decodes.
 */
export function decodedOnce(path: string): string {
    const plain = decode(path).replaceAll("\\", "/");
    const kept: string[] = [];
    for (const segment of plain.split("/").slice(1)) {
        if (segment === "..") {
            kept.pop();
        } else if (segment !== ".") {
            kept.push(segment);
        }
    }
    return `/${kept.join("/")}`;
}

function decode(path: string): string {
    try {
        return decodeURIComponent(path);
    } catch {
        return path;
    }
}

/** A path without its query. */
export function withoutQuery(path: string): string {
    return path.split("?", 1)[0] ?? path;
}
