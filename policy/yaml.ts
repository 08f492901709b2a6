import { parseDocument } from "yaml";
import { Field } from "./field.ts";
import { Unknown } from "./known.ts";

/**
 * Reads YAML as Istio's own reader does: yes, no, on and off are booleans, too.
 *
 * @returns an {@link Unknown} for what is no YAML, so that it is never taken for absent
 */
export function readYaml(text: string): unknown {
    const document = parseDocument(text, { version: "1.1", prettyErrors: true });
    const [error] = document.errors;
    if (error !== undefined) {
        const line = error.linePos?.[0].line ?? 1;
        return new Unknown(`cannot be judged; line ${line} of the text is no YAML`);
    }
    try {
        return document.toJS() as unknown;
    } catch {
        return new Unknown("cannot be judged; the text names itself without end");
    }
}

/** What a text says, as fields below the text's own. @throws UnknownValue */
export function yamlIn(field: Field): Field {
    const text = field.text();
    return new Field(field.object, field.path, text === undefined ? undefined : readYaml(text));
}
