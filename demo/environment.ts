import { parseDuration } from "./duration.ts";
import { FaultSyntaxError } from "./faults.ts";
import type { DemoServer } from "./http.ts";

/** A variable with a value that is not allowed; the message is one sentence. */
export class EnvironmentError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable's value; undefined where it is missing or empty. */
export function variable(env: Environment, name: string): string | undefined {
    const value = env[name]?.trim();
    return value === "" ? undefined : value;
}

/**
 * The port in `PORT`.
 *
 * @throws EnvironmentError
 */
function portOf(env: Environment, otherwise: number): number {
    const text = variable(env, "PORT") ?? String(otherwise);
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65_535) {
        throw new EnvironmentError(`PORT is "${text}", allowed is a number from 0 to 65535.`);
    }
    return port;
}

/**
 * The milliseconds of a variable such as `PAYMENT_TIMEOUT=20s`.
 *
 * @throws EnvironmentError
 */
export function durationOf(env: Environment, name: string, otherwise: number): number {
    const text = variable(env, name);
    const value = text === undefined ? otherwise : parseDuration(text);
    if (value === undefined || value < 1) {
        throw new EnvironmentError(
            `${name} is "${text ?? ""}", allowed is a time such as 800ms or 20s.`,
        );
    }
    return value;
}

/**
 * The URL in a variable, for example `PAYMENT_URL=http://payment-service:3006`.
 *
 * @throws EnvironmentError
 */
export function urlOf(env: Environment, name: string, scheme: string, otherwise: string): string {
    const text = variable(env, name) ?? otherwise;
    if (!URL.canParse(text) || new URL(text).protocol !== `${scheme}:`) {
        throw new EnvironmentError(`${name} is "${text}", allowed is a URL with ${scheme}://.`);
    }
    return text;
}

/**
 * Starts a service on the port of its environment and ends it in good order on SIGTERM or SIGINT. A mistake in
 * the environment is one sentence on standard error and exit code 2.
 */
export async function runService(start: () => DemoServer, defaultPort: number): Promise<void> {
    try {
        const port = portOf(process.env, defaultPort);
        const server = start();
        for (const signal of ["SIGTERM", "SIGINT"] as const) {
            process.once(signal, () => {
                void server.close().then(() => process.exit(0));
            });
        }
        const bound = await server.listen(port);
        process.stdout.write(`${JSON.stringify({ service: server.name, listening: bound })}\n`);
    } catch (error) {
        const named = error instanceof EnvironmentError || error instanceof FaultSyntaxError;
        const message = (error as Error).message;
        process.stderr.write(`${named ? message : `The service cannot start: ${message}.`}\n`);
        process.exit(2);
    }
}
