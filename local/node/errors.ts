/** A part of the node did not do what it must in time: exit code 1, with the logs to read. */
export class NodeError extends Error {
    override readonly name = "NodeError";
    /** Log files that say more, most telling first. */
    readonly logs: readonly string[];

    constructor(message: string, logs: readonly string[] = [], options?: ErrorOptions) {
        super(message, options);
        this.logs = logs;
    }
}
