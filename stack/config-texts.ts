import { z } from "zod";
import { isDigest, isRegistry, isTag } from "#model/names.ts";
import { addressProblem, collectorProblem, urlProblem } from "./addon-addresses.ts";

/**
 * Texts that charts paste into YAML, into Grafana's settings or into a command: each is held to its grammar, as a quote
 * or a line break in one of them would be read as a field of its own.
 */

/** Text, of which a function says what would be allowed instead. */
export function judged(problemOf: (value: string) => string | undefined): z.ZodString {
    return z.string().superRefine((value, context) => {
        const message = problemOf(value);
        if (message !== undefined) {
            context.addIssue({ code: "custom", message });
        }
    });
}

/** A registry, or a place in one. */
export const repository = z
    .string()
    .refine(isRegistry, "a registry with a path in it, such as registry.example:5000/istio");
export const tag = z
    .string()
    .refine(isTag, "an image's tag, such as 1.31.1: letters, digits, ., _ and -");
export const digest = z.string().refine(isDigest, "sha256: and 64 hexadecimal digits");

/** Where charts are found; a folder's name is no text that a shell or Helm would read as something else. */
const FOLDER = /^\.{0,2}\/[^\s\p{C}"'`\\{}$]*$/u;
const MIRROR = "oci://";

export const charts = judged((text) => {
    const isPlace = text.startsWith(MIRROR)
        ? isRegistry(text.slice(MIRROR.length).replace(/\/$/, ""))
        : FOLDER.test(text);
    return text === "repository" || isPlace
        ? undefined
        : "repository, an oci:// address without credentials, or a folder that starts with / or ./";
});

const DNS_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

export const domainName = z
    .string()
    .refine((name) => name.length <= 253 && DNS_NAME.test(name), "a DNS name");

export const url = judged(urlProblem);
export const address = judged(addressProblem);
export const collector = judged(collectorProblem);

/** How a provider knows an application. */
export const clientId = z
    .string()
    .regex(/^[\w.~:/@+-]{1,255}$/, "an application's ID: letters, digits and . _ ~ : / @ + -");

/** Whom the API server knows by it: compared whole, so that a pattern would match nobody. */
export const SUBJECT = /^(?!\s)[^*\p{C}]+(?<!\s)$/u;
