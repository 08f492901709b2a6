import { X509Certificate } from "node:crypto";

export const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
/**
 * A proxy renews its certificate when half of its life is over; one with less than this share left was not renewed.
 * Source: SECRET_GRACE_PERIOD_RATIO in https://istio.io/latest/docs/reference/commands/pilot-agent/
 */
const LEAST_REMAINING_SHARE = 0.4;
/** A CA is replaced by people, or by restarting what trusts it: both take time. */
export const LEAST_CA_DAYS = 30;

/** What a proxy holds, as PEM, and what should be in it. */
export interface HeldCertificate {
    /** Own certificate first, then those that lead to a root. */
    readonly chain: readonly string[];
    readonly roots: readonly string[];
    /** SPIFFE id the certificate must be for, and for nothing else. */
    readonly identity: string;
    /** Milliseconds since 1970. */
    readonly now: number;
}

/** The certificates of a bundle, each as PEM. */
export function splitPem(bundle: string): string[] {
    return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** What is wrong with a certificate; `undefined` where nothing is. */
export function problemOf({ chain, roots, identity, now }: HeldCertificate): string | undefined {
    const certificates = chain.map((pem) => new X509Certificate(pem));
    const trusted = roots.map((pem) => new X509Certificate(pem));
    const [own] = certificates;
    if (own === undefined) {
        return "it holds no certificate";
    }
    if (own.subjectAltName !== `URI:${identity}`) {
        return `it is for ${own.subjectAltName ?? "nobody"}`;
    }
    const root = rootOf(certificates, trusted);
    if (root === undefined) {
        return `it does not lead to the root CA: issued by ${own.issuer.replaceAll("\n", ", ")}`;
    }
    const left = remainingShare(own, now);
    if (left < LEAST_REMAINING_SHARE) {
        return `${Math.max(0, Math.round(left * 100))} % of its life are left: it ends at ${own.validTo}`;
    }
    return (Date.parse(root.validTo) - now) / DAY_MILLISECONDS < LEAST_CA_DAYS
        ? `its root CA ends at ${root.validTo}`
        : undefined;
}

/** Days that the first of some certificates has left, one decimal. */
export function remainingDays([first]: readonly string[], now: number): string {
    const end = first === undefined ? now : Date.parse(new X509Certificate(first).validTo);
    return ((end - now) / DAY_MILLISECONDS).toFixed(1);
}

function rootOf(
    certificates: readonly X509Certificate[],
    trusted: readonly X509Certificate[],
): X509Certificate | undefined {
    for (const [index, certificate] of certificates.entries()) {
        const root = trusted.find((candidate) => isSignedBy(certificate, candidate));
        if (root !== undefined) {
            return root;
        }
        const next = certificates[index + 1];
        if (next === undefined || !isSignedBy(certificate, next)) {
            return undefined;
        }
    }
    return undefined;
}

/** The names are compared too: a root may have been replaced by another one with the same key. */
function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function remainingShare({ validFrom, validTo }: X509Certificate, now: number): number {
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
    return (to - now) / (to - from);
}
