import type { DeclaredObject } from "#stack/declared-objects.ts";
import { entriesOf, fields, listed, spec, text, word } from "./object.ts";
import type { Judge } from "./object.ts";

/** New, or said to do something else than before. */
export function does(reason: string): Judge {
    return (was, is) =>
        is === undefined || (was !== undefined && text(spec(was)) === text(spec(is)))
            ? undefined
            : reason;
}

const FILTERS = ["HTTP_FILTER", "NETWORK_FILTER", "LISTENER_FILTER"];

function addsFilter(object: DeclaredObject): boolean {
    return entriesOf(spec(object), "configPatches").some(
        ({ applyTo, patch }) =>
            FILTERS.includes(String(applyTo)) &&
            /^(ADD|INSERT)/.test(String(fields(patch)["operation"])),
    );
}

/** What put a filter of its own into proxies, and is gone. */
export const filterGone: Judge = (was, is) =>
    was !== undefined && is === undefined && (was.kind !== "EnvoyFilter" || addsFilter(was))
        ? "whatever it refused in proxies is let pass"
        : undefined;

/** What changes how the proxies themselves are made. */
export const otherProxy: Judge = (was, is) => {
    const [before, after] = [was, is].map((object) => spec(object));
    const differs = (field: string): boolean => text(before?.[field]) !== text(after?.[field]);
    return is === undefined
        ? undefined
        : differs("image") && fields(after?.["image"])["imageType"] === "debug"
          ? "its proxies bring a shell and tools along"
          : differs("environmentVariables")
            ? "its proxies are told by variables how to run, which no other rule sees"
            : undefined;
};

/** The port at the end of an address. */
function portIn(endpoint: unknown): string {
    return word(endpoint).split(":").at(-1) ?? "";
}

/** A Sidecar's own listeners, as far as they do not do what each port does without them. */
export const ownListeners: Judge = (was, is) => {
    const known = new Set(listed(spec(was), "ingress").map(text));
    const reasons = entriesOf(spec(is), "ingress")
        .filter((listener) => !known.has(text(listener)))
        .flatMap(({ port, tls, defaultEndpoint }) => {
            const { number, protocol } = fields(port);
            const at = `its port ${String(number)}`;
            return [
                ...(tls === undefined
                    ? []
                    : [`${at} takes TLS of its own where mutual TLS of the mesh is not asked for`]),
                ...(defaultEndpoint === undefined || portIn(defaultEndpoint) === String(number)
                    ? []
                    : [
                          `${at} leads to ${word(defaultEndpoint)}, which no rule for that port is meant for`,
                      ]),
                ...(protocol === "TCP"
                    ? [`nothing that is said of requests holds at ${at.replace("its ", "")}`]
                    : []),
            ];
        });
    return reasons.length === 0 ? undefined : reasons.join("; ");
};

/** Who may refer to what of another namespace, one each. */
function referencesOf(grant: DeclaredObject | undefined): readonly string[] {
    return entriesOf(spec(grant), "from").flatMap((from) =>
        entriesOf(spec(grant), "to").map((to) => {
            const what = to["name"] === undefined ? "every" : "the";
            const name = to["name"] === undefined ? "" : ` ${word(to["name"])}`;
            return `each ${String(from["kind"])} of namespace ${String(from["namespace"])} may use ${what} ${String(to["kind"])}${name} of namespace ${String(grant?.metadata.namespace)}`;
        }),
    );
}

/** A reference that was refused, and is granted; also by another grant. */
export const moreReferences: Judge = (_was, is, { before }) => {
    const known = new Set(
        before.filter(({ kind }) => kind === "ReferenceGrant").flatMap(referencesOf),
    );
    const isKnown = (reference: string): boolean =>
        known.has(reference) ||
        known.has(reference.replace(/ the (\w+) \S+ of namespace/, " every $1 of namespace"));
    const more = referencesOf(is).filter((reference) => !isKnown(reference));
    return more.length === 0 ? undefined : more.join("; ");
};

/** Services whose certificate gateways looked at. */
export const noBackendTls: Judge = (was, is, { after }) => {
    if (was === undefined) {
        return undefined;
    }
    const namesOf = (object: DeclaredObject): readonly string[] =>
        entriesOf(spec(object), "targetRefs").map(({ name }) => String(name));
    const kept = after.filter(
        ({ kind, metadata }) =>
            kind === "BackendTLSPolicy" && metadata.namespace === was.metadata.namespace,
    );
    const left = namesOf(was).filter((name) => !kept.some((one) => namesOf(one).includes(name)));
    return left.length > 0
        ? `requests to ${left.join(" and ")} are sent without TLS`
        : is !== undefined && text(spec(was)["validation"]) !== text(spec(is)["validation"])
          ? "another certificate is taken for that of its Services"
          : undefined;
};
