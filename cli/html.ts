const ENTITIES: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
};

/** Text as it may stand in an element or an attribute. */
export function escapeHtml(text: string): string {
    return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A value as it may stand in a `script` element: no text in it can end the element. */
export function jsonForScript(value: unknown): string {
    return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** A table of plain text. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[], kind: "th" | "td"): string =>
        `<tr>${cells.map((cell) => `<${kind}>${escapeHtml(cell)}</${kind}>`).join("")}</tr>`;
    return `<table>\n${[line(head, "th"), ...rows.map((row) => line(row, "td"))].join("\n")}\n</table>`;
}
