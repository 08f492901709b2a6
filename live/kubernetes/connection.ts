import type { KubeConfig } from "@kubernetes/client-node";
import { UnansweredError } from "#network/exchange.ts";

/** A WebSocket of the client's; the library's own type for it needs declarations that it does not bring. */
export interface Connection {
    addEventListener(event: "close", listener: () => void): void;
    /** Ends it without waiting for the other side. */
    terminate(): void;
}

/** How the client says that it was answered otherwise than by a connection. */
const ANSWERED = /^Unexpected server response: (\d+)$/;

/**
 * A connection once it is open. How long that may take, the kubeconfig says.
 *
 * @throws Error where the API server refuses it, UnansweredError where it does not answer
 */
export async function opened(
    kubeConfig: KubeConfig,
    opening: Promise<unknown>,
): Promise<Connection> {
    try {
        const connection = await opening;
        if (!isConnection(connection)) {
            throw new Error("the client gave no connection");
        }
        return connection;
    } catch (error) {
        const reason = messageOf(error);
        const [, status] = ANSWERED.exec(reason) ?? [];
        if (status !== undefined) {
            throw new Error(`the API server answered ${status}`, { cause: error });
        }
        const { host } = new URL(kubeConfig.getCurrentCluster()?.server ?? "");
        throw new UnansweredError(host, reason);
    }
}

function isConnection(value: unknown): value is Connection {
    return (
        typeof value === "object" &&
        value !== null &&
        "terminate" in value &&
        "addEventListener" in value
    );
}

/** A failure comes as an event, which is no Error. */
function messageOf(failure: unknown): string {
    return typeof failure === "object" && failure !== null && "message" in failure
        ? String(failure.message)
        : String(failure);
}
