const DNS_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether a text can be the name of a Service, a label's value and a part of a host. */
export function isDnsLabel(text: string): boolean {
    return DNS_LABEL.test(text);
}

/** The values that occur more than once, each once. */
export function repeated(values: readonly string[]): string[] {
    return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

/** Whether an image's reference ends with its tag or digest; without, it is whatever was pushed last. */
export function isPinned(image: string): boolean {
    return /(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image);
}
