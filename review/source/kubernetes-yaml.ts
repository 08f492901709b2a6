import type { Document, ScalarTag } from "yaml";
import { LineCounter, parseAllDocuments } from "yaml";

/** The documents of a text, and where its lines begin. */
export interface KubernetesYaml {
    readonly lines: LineCounter;
    readonly documents: readonly Document.Parsed[];
}

const TRUE = /^(?:y|yes|on)$/i;

/** Words that are truth values to Kubernetes' reader of YAML, which follows YAML 1.1. */
const truth: ScalarTag = {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    identify: (value) => typeof value === "boolean",
    test: /^(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF)$/,
    resolve: (text) => TRUE.test(text),
};

/** `0644` is octal to it, `0b11` binary, and `1_000` a thousand. */
const integer: ScalarTag = {
    tag: "tag:yaml.org,2002:int",
    default: true,
    identify: () => false,
    test: /^[-+]?(?:0[0-7_]+|0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)$/,
    resolve: (text) => {
        const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
        const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
        return text.startsWith("-") ? -value : value;
    },
};

/**
 * The documents of a text, with the values that Kubernetes reads. Where a text writes a key twice, the last one counts.
 */
export function kubernetesYaml(text: string): KubernetesYaml {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, {
        lineCounter: lines,
        merge: true,
        schema: "core",
        uniqueKeys: false,
        customTags: (tags) => [truth, integer, ...tags],
    });
    return { lines, documents: "empty" in documents ? [] : documents };
}
