import { EnvironmentError } from "#errors.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, SectionName } from "./check.ts";
import { SECTION_NAMES } from "./check.ts";

/** Which checks are wanted: sections, ids, beginnings of ids, or globs with `*` for anything. */
export interface Selection {
    /** Default: all. */
    readonly only?: readonly string[];
    /** Default: none. Wins over {@link only}. */
    readonly skip?: readonly string[];
}

/** Every check of a mesh, in the order in which they are shown. */
export async function checksOf(mesh: DeclaredMesh): Promise<readonly Check[]> {
    const { sections } = await import("./sections/index.ts");
    return SECTION_NAMES.flatMap((name) => sections[name](mesh));
}

/** The section of a check. */
export function sectionOf({ id }: Pick<Check, "id">): SectionName {
    return id.slice(0, id.indexOf("/")) as SectionName;
}

/**
 * The wanted ones among checks.
 *
 * @throws EnvironmentError for a pattern that matches none of them, and where nothing is left
 */
export function selectChecks<C extends Pick<Check, "id">>(
    checks: readonly C[],
    { only = [], skip = [] }: Selection,
): readonly C[] {
    for (const pattern of [...only, ...skip]) {
        if (!checks.some(({ id }) => matches(id, pattern))) {
            throw new EnvironmentError(
                `No check matches "${pattern}"; sections are ${SECTION_NAMES.join(", ")}, and "mesh verify --list" names every check.`,
            );
        }
    }
    const matchesAny = (id: string, patterns: readonly string[]): boolean =>
        patterns.some((pattern) => matches(id, pattern));
    const left = checks.filter(
        ({ id }) => (only.length === 0 || matchesAny(id, only)) && !matchesAny(id, skip),
    );
    if (left.length === 0) {
        throw new EnvironmentError("Of the checks that --only names, --skip leaves none.");
    }
    return left;
}

function matches(id: string, pattern: string): boolean {
    if (!pattern.includes("*")) {
        return pattern !== "" && id.startsWith(pattern);
    }
    const parts = pattern.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`).test(id);
}
