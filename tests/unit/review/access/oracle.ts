// An oracle, written apart from review/ on purpose: it reads one request at a time as Istio's documentation has it.

/** One request, or connection, that arrives at a workload. */
export interface Arrival {
    readonly peer: string | undefined;
    readonly method: string;
    readonly path: string;
    readonly host: string;
    readonly port: string;
    /** Value of the header `x-a`. */
    readonly header: string | undefined;
}

/** Fields of a source or an operation. */
type Lists = Readonly<Record<string, readonly string[] | undefined>>;

export interface PolicySpec {
    readonly action: "ALLOW" | "DENY";
    readonly rules: readonly {
        readonly from?: readonly { readonly source: Lists }[] | undefined;
        readonly to?: readonly { readonly operation: Lists }[] | undefined;
        readonly when?:
            | readonly {
                  readonly key: string;
                  readonly values?: readonly string[] | undefined;
                  readonly notValues?: readonly string[] | undefined;
              }[]
            | undefined;
    }[];
}

function like(entry: string, text: string): boolean {
    if (entry === "*") {
        return text.length > 0;
    }
    if (entry.charAt(0) === "*") {
        return text.slice(-(entry.length - 1)) === entry.slice(1);
    }
    return entry.at(-1) === "*"
        ? text.slice(0, entry.length - 1) === entry.slice(0, -1)
        : entry === text;
}

function likePath(entry: string, path: string): boolean {
    if (!entry.includes("{")) {
        return like(entry, path);
    }
    const [wanted, given] = [entry.split("/"), path.split("/")];
    return wanted.every((segment, at) => {
        if (segment === "{**}") {
            return given.length > at;
        }
        const isLast = at === wanted.length - 1;
        return (
            (!isLast || given.length === wanted.length) &&
            (segment === "{*}" ? (given[at] ?? "") !== "" : segment === given[at])
        );
    });
}

function namespaceOf(peer: string): string {
    return peer.split("/ns/").at(-1)?.split("/")[0] ?? "";
}

const FIELDS: Readonly<Record<string, (entry: string, arrival: Arrival) => boolean>> = {
    principals: (entry, { peer }) => peer !== undefined && like(entry, peer),
    namespaces: (entry, { peer }) => peer !== undefined && like(entry, namespaceOf(peer)),
    methods: (entry, { method }) => like(entry, method),
    paths: (entry, { path }) => likePath(entry, path),
    hosts: (entry, { host }) => like(entry.toLowerCase(), host.toLowerCase()),
    ports: (entry, { port }) => entry === port,
    "request.headers[x-a]": (entry, { header }) => header !== undefined && like(entry, header),
};

function meets(lists: Lists, arrival: Arrival): boolean {
    return Object.entries(lists).every(([name, entries = []]) => {
        const isNot = name.startsWith("not");
        const field = isNot ? name.charAt(3).toLowerCase() + name.slice(4) : name;
        return entries.some((entry) => FIELDS[field]?.(entry, arrival) === true) !== isNot;
    });
}

function matches({ rules }: PolicySpec, arrival: Arrival): boolean {
    return rules.some(
        ({ from, to, when }) =>
            (from === undefined || from.some(({ source }) => meets(source, arrival))) &&
            (to === undefined || to.some(({ operation }) => meets(operation, arrival))) &&
            (when ?? []).every(
                ({ key, values, notValues }) =>
                    (values === undefined || meets({ [key]: values }, arrival)) &&
                    (notValues === undefined || !meets({ [key]: notValues }, arrival)),
            ),
    );
}

/** Whether policies let a request in. */
export function isLetIn(policies: readonly PolicySpec[], arrival: Arrival): boolean {
    const allows = policies.filter(({ action }) => action === "ALLOW");
    return (
        !policies.some((policy) => policy.action === "DENY" && matches(policy, arrival)) &&
        (allows.length === 0 || allows.some((policy) => matches(policy, arrival)))
    );
}
