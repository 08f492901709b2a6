/** Addresses of one family, first and last. */
interface Range {
    readonly bits: 32 | 128;
    readonly first: bigint;
    readonly last: bigint;
}

function v4(text: string): bigint | undefined {
    const parts = text.split(".");
    return parts.length === 4 &&
        parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
        ? parts.reduce((address, part) => address * 256n + BigInt(part), 0n)
        : undefined;
}

/** The groups of one side of `::`; the last may be written as an IPv4 address. */
function groupsOf(text: string): readonly bigint[] | undefined {
    const groups: bigint[] = [];
    for (const group of text === "" ? [] : text.split(":")) {
        const embedded = group.includes(".") ? v4(group) : undefined;
        if (embedded !== undefined) {
            groups.push(embedded >> 16n, embedded & 0xffffn);
        } else if (/^[\da-f]{1,4}$/i.test(group)) {
            groups.push(BigInt(`0x${group}`));
        } else {
            return undefined;
        }
    }
    return groups;
}

function v6(text: string): bigint | undefined {
    const sides = text.split("::");
    const [left, right = []] = sides.map(groupsOf);
    if (left === undefined || sides.length > 2 || sides.map(groupsOf).includes(undefined)) {
        return undefined;
    }
    const missing = 8 - left.length - right.length;
    if (sides.length === 2 ? missing < 1 : missing !== 0) {
        return undefined;
    }
    return [...left, ...Array.from({ length: missing }, () => 0n), ...right].reduce(
        (address, group) => address * 0x10000n + group,
        0n,
    );
}

/** Reads an address or a range such as `10.0.0.0/8`; `undefined` for what is neither. */
export function rangeFrom(text: string): Range | undefined {
    const [address = "", prefix, ...rest] = text.split("/");
    const bits = address.includes(":") ? 128 : 32;
    const value = bits === 32 ? v4(address) : v6(address);
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
    if (value === undefined || rest.length > 0 || !(length <= bits)) {
        return undefined;
    }
    const size = 1n << BigInt(bits - length);
    const first = value - (value % size);
    return { bits, first, last: first + size - 1n };
}

/** Whether ranges hold every address of IPv4 or of IPv6 between them. */
export function coverEverything(ranges: readonly Range[]): boolean {
    return ([32, 128] as const).some((family) => {
        let next = 0n;
        for (const { first, last } of ranges
            .filter(({ bits }) => bits === family)
            .sort((one, other) => (one.first < other.first ? -1 : 1))) {
            if (first <= next && last >= next) {
                next = last + 1n;
            }
        }
        return next === 1n << BigInt(family);
    });
}
