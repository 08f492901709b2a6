import type { ProgramName } from "./programs.ts";

/** One change to one resource of a rendered program, which weakens one control. */
export interface Mutation {
    readonly what: string;
    /** Default is prod. */
    readonly program?: ProgramName;
    /** Pulumi's name of the resource. */
    readonly resource: string;
    /** The place of the change in the resource's inputs; without it the resource is removed. */
    readonly at?: readonly (string | number)[];
    /** What stands there afterwards; without it the place is removed. */
    readonly to?: unknown;
    /** The rule that reports it, and no other. Several where one field is two controls. */
    readonly caughtBy: string | readonly string[];
}
