import { parseDocument } from "yaml";
import { Field } from "./field.ts";
import { Unknown } from "./known.ts";

/** No settings of a mesh are nested as deep; a parser calls itself for each level. */
const MOST_LEVELS = 100;
/** Nor as long: no ConfigMap holds more. */
const LONGEST = 1 << 20;

/** Whether a text may be nested deeper: brackets that are open at once, and lists that begin on one line. */
function mayBeDeep(text: string): boolean {
    let open = 0;
    let most = 0;
    for (const sign of text) {
        open = "[{".includes(sign) ? open + 1 : "]}".includes(sign) ? Math.max(0, open - 1) : open;
        most = Math.max(most, open);
    }
    return most > MOST_LEVELS || /(?:[-?][ \t]+){100}/.test(text) || / {200}/.test(text);
}

/**
 * Reads YAML as Istio's own reader does: yes, no, on and off are booleans, too.
 *
 * @returns an {@link Unknown} for what is no YAML, so that it is never taken for absent
 */
export function readYaml(text: string): unknown {
    if (text.length > LONGEST || mayBeDeep(text)) {
        return new Unknown("cannot be judged; the text is longer or deeper than any settings");
    }
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
