/** What every subcommand is given. */
export interface CommandContext {
    /** Directory of the checkout `mesh` belongs to. */
    readonly checkout: string;
}
