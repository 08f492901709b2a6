import type { X509Certificate } from "node:crypto";
import { DAY_MILLISECONDS } from "../../certificates.ts";

/** Renewal has failed by then: cert-manager renews with a third of the life left. */
const LEAST_DAYS = 14;
/** Of a life too short for so many days, this share. */
const LEAST_SHARE = 1 / 4;

/**
 * What is wrong with a certificate for hosts, at a time in milliseconds.
 *
 * @returns one phrase, or `undefined` where nothing is
 */
export function certificateProblem(
    certificate: Pick<X509Certificate, "subjectAltName" | "validFrom" | "validTo">,
    hosts: readonly string[],
    now: number,
): string | undefined {
    const { validFrom, validTo, subjectAltName } = certificate;
    const names = (subjectAltName ?? "").split(", ");
    const missing = hosts.filter((host) => !names.includes(`DNS:${host}`));
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
    if (missing.length > 0) {
        return `a certificate without ${missing.join(", ")}; it names ${names.join(", ") || "nobody"}`;
    }
    if (now < from) {
        return `a certificate that is not valid before ${validFrom}`;
    }
    if (now >= to) {
        return `a certificate that ended ${validTo}`;
    }
    return to - now < Math.min(LEAST_DAYS * DAY_MILLISECONDS, (to - from) * LEAST_SHARE)
        ? `a certificate that ends ${validTo}, too soon to have been renewed in time`
        : undefined;
}
