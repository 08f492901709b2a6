import type { Duration } from "#model/intents.ts";
import type { StackOptions } from "#stack/declared-mesh.ts";

export const FORMATS = ["text", "mermaid", "dot", "json", "html"] as const;
export type Format = (typeof FORMATS)[number];

/** What the command line gives. */
export interface GraphCommandOptions extends StackOptions {
    readonly window: Duration;
    readonly format: Format;
    readonly output?: string;
    readonly context?: string;
}
