/** Headers by which an application is told who calls it, or from where. */
const OF_THE_CALLER =
    /^(authorization|cookie|x-forwarded-(client-cert|for|user|email|groups|preferred-username)|x-real-ip|x-envoy-(external-address|internal)|(x-)?remote-(user|groups?)|x-(auth|user|jwt|original)(-.*)?|x-rewrite-url)$/i;

/** Headers by which browsers are told to guard a page. */
const GUARDING =
    /^(strict-transport-security|content-security-policy|x-frame-options|x-content-type-options|referrer-policy|permissions-policy|cross-origin-.*)$/i;

/** What a route does to one header, as {@link Answer.headers} has it. */
interface Step {
    readonly verb: string;
    readonly header: string;
    readonly side: string;
}

function stepOf(text: string): Step {
    const [, verb = "", header = "", side = ""] =
        /^(\w+) ([^\s:]+)(?![^\s:]).* in (requests|responses)/s.exec(text) ?? [];
    return { verb, header: header.toLowerCase(), side };
}

function isKept({ verb, header, side }: Step, by: readonly string[]): boolean {
    return by
        .map(stepOf)
        .some((one) => one.verb === verb && one.header === header && one.side === side);
}

/**
 * Why a route that does something new to a header is weaker.
 *
 * @param asked headers that policies of the mesh ask about
 */
export function whyAdded(text: string, asked: ReadonlySet<string>): string | undefined {
    const { verb, header, side } = stepOf(text);
    return side === "requests" &&
        verb !== "removes" &&
        (OF_THE_CALLER.test(header) || asked.has(header))
        ? `whoever calls, ${header} says what this route writes`
        : side === "responses" && verb === "removes" && GUARDING.test(header)
          ? "browsers are no longer told to guard the page by it"
          : undefined;
}

/** Why a route that no longer does something to a header is weaker. */
export function whyGone(
    text: string,
    now: readonly string[],
    asked: ReadonlySet<string>,
): string | undefined {
    const step = stepOf(text);
    const { verb, header, side } = step;
    if (isKept(step, now)) {
        return undefined;
    }
    const told = OF_THE_CALLER.test(header) || asked.has(header);
    return side === "requests" && (verb === "removes" || (verb === "sets" && told))
        ? `whoever calls may send ${header} as they like`
        : side === "responses" && verb !== "removes" && GUARDING.test(header)
          ? "browsers are no longer told to guard the page by it"
          : undefined;
}
