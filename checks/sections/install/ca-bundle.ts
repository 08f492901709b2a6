import { X509Certificate } from "node:crypto";
import { DAY_MILLISECONDS, LEAST_CA_DAYS, splitPem } from "../../certificates.ts";

/** A webhook as its configuration has it. */
export interface Webhook {
    /** Of the configuration, then of the webhook: `istio-sidecar-injector/namespace.sidecar-injector.istio.io`. */
    readonly name: string;
    /** Base64 of PEM. */
    readonly caBundle?: string;
    readonly failurePolicy?: string;
}

/**
 * What is wrong with a webhook of istiod's; `undefined` where nothing is.
 *
 * @param roots PEM of every CA that istiod has certificates of
 * @param now milliseconds since 1970
 */
export function webhookProblem(webhook: Webhook, roots: string, now: number): string | undefined {
    const { caBundle, failurePolicy } = webhook;
    if (failurePolicy !== "Fail") {
        return `failurePolicy is ${failurePolicy ?? "absent"}, so an istiod that does not answer lets everything pass`;
    }
    const trusted = parse(Buffer.from(caBundle ?? "", "base64").toString());
    if (trusted === undefined) {
        return "its caBundle is no certificate";
    }
    if (trusted.length === 0) {
        return "its caBundle is empty";
    }
    const known = new Set((parse(roots) ?? []).map(({ fingerprint256 }) => fingerprint256));
    const foreign = trusted.find(({ fingerprint256 }) => !known.has(fingerprint256));
    if (foreign !== undefined) {
        return `its caBundle trusts a CA that is not istiod's: ${subject(foreign)}`;
    }
    const early = trusted.find(({ validFrom }) => Date.parse(validFrom) > now);
    if (early !== undefined) {
        return `its CA is not valid before ${early.validFrom}`;
    }
    const late = trusted.find(
        ({ validTo }) => Date.parse(validTo) - now < LEAST_CA_DAYS * DAY_MILLISECONDS,
    );
    return late === undefined
        ? undefined
        : `its CA ends at ${late.validTo}, less than ${LEAST_CA_DAYS} days from now`;
}

function parse(bundle: string): X509Certificate[] | undefined {
    const certificates = splitPem(bundle);
    if (certificates.length === 0 && bundle.trim() !== "") {
        return undefined;
    }
    try {
        return certificates.map((pem) => new X509Certificate(pem));
    } catch {
        return undefined;
    }
}

function subject({ subject: name, fingerprint256 }: X509Certificate): string {
    return `${name.replaceAll("\n", ", ")} (SHA-256 ${fingerprint256.slice(0, 23)}...)`;
}
