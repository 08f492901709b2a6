import { connect, createServer } from "node:net";
import { isErrno } from "#files.ts";
import { askUntil } from "#wait.ts";

const POLL_MS = 200;
const ANSWER_MS = 2_000;

/**
 * Runs `work` as the only one that holds the lock. A lock is a name in the kernel's abstract socket space: held by one
 * process at a time, and free again the moment that process is gone, however it ended.
 *
 * @param holder what others are told of who holds it
 * @param busy called each time that somebody else holds it, with what they say of themselves; the lock is tried again
 *     once it resolves, and given up when it throws
 */
export async function withLock<T>(
    name: string,
    holder: object,
    busy: (holder: string) => Promise<void> | void,
    work: () => Promise<T>,
): Promise<T> {
    const server = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.end(JSON.stringify(holder));
    });
    const acquired = (): Promise<boolean> =>
        new Promise((resolve, reject) => {
            const failed = (error: Error): void => {
                if (isErrno(error, "EADDRINUSE")) {
                    resolve(false);
                } else {
                    reject(error);
                }
            };
            server.once("error", failed);
            server.listen(`\0${name}`, () => {
                server.off("error", failed);
                resolve(true);
            });
        });
    await askUntil(
        async () => {
            const isOurs = await acquired();
            if (!isOurs) {
                await busy(await askHolder(name));
            }
            return isOurs;
        },
        (isOurs) => isOurs,
        { milliseconds: Infinity, pause: POLL_MS },
    );
    try {
        return await work();
    } finally {
        server.close();
    }
}

/** What the holder says of itself; empty where nobody answers. */
function askHolder(name: string): Promise<string> {
    return new Promise((resolve) => {
        let received = "";
        const socket = connect(`\0${name}`);
        socket.setEncoding("utf8");
        socket.setTimeout(ANSWER_MS, () => socket.destroy());
        socket.on("data", (chunk: string) => (received += chunk));
        socket.on("error", () => undefined);
        socket.on("close", () => {
            resolve(received);
        });
    });
}
