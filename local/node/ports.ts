import { createServer } from "node:net";
import { z } from "zod";
import { EnvironmentError } from "#errors.ts";
import { isErrno, readIfPresent, writeIfChanged } from "#files.ts";
import type { HostPorts } from "./layout.ts";
import { defaultPorts, paths } from "./layout.ts";

/** What leads to a port of the machine: for messages and for reading the environment. */
export const portSettings: Readonly<
    Record<
        keyof HostPorts,
        { readonly purpose: string; readonly flag: string; readonly variable: string }
    >
> = {
    api: { purpose: "the API server", flag: "--api-port", variable: "MESH_API_PORT" },
    http: { purpose: "the gateway's HTTP", flag: "--http-port", variable: "MESH_HTTP_PORT" },
    https: { purpose: "the gateway's HTTPS", flag: "--https-port", variable: "MESH_HTTPS_PORT" },
};

const portNames = ["api", "http", "https"] as const;
const portsSchema = z.object({ api: z.number(), http: z.number(), https: z.number() });

/**
 * Decides the ports: flag, else environment variable, else what the cluster was started with, else the default.
 *
 * @throws EnvironmentError when a value is no port or two are the same.
 */
export function choosePorts(
    flags: { readonly [Port in keyof HostPorts]?: string | undefined },
    environment: Readonly<Record<string, string | undefined>>,
    recorded: HostPorts | undefined,
): HostPorts {
    const choose = (name: keyof HostPorts): number => {
        const { flag, variable } = portSettings[name];
        const value = flags[name];
        if (value !== undefined) {
            return parsePort(flag, value);
        }
        const fromEnvironment = environment[variable];
        if (fromEnvironment !== undefined && fromEnvironment !== "") {
            return parsePort(variable, fromEnvironment);
        }
        return (recorded ?? defaultPorts)[name];
    };
    const ports = { api: choose("api"), http: choose("http"), https: choose("https") };
    for (const [index, name] of portNames.entries()) {
        const twin = portNames.slice(0, index).find((other) => ports[other] === ports[name]);
        if (twin !== undefined) {
            throw new EnvironmentError(
                `${portSettings[twin].flag} and ${portSettings[name].flag} are both ${ports[name]}; each needs a port of its own.`,
            );
        }
    }
    return ports;
}

function parsePort(source: string, value: string): number {
    const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
    if (port < 1 || port > 65535) {
        throw new EnvironmentError(`${source} is "${value}"; it must be a port from 1 to 65535.`);
    }
    return port;
}

/** The ports of the present cluster; undefined when there is none. */
export async function recordedPorts(): Promise<HostPorts | undefined> {
    const text = await readIfPresent(paths.ports);
    if (text === undefined) {
        return undefined;
    }
    const parsed = portsSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
}

/** Remembers the cluster's ports for later commands. */
export async function recordPorts(ports: HostPorts): Promise<void> {
    await writeIfChanged(paths.ports, `${JSON.stringify(ports)}\n`, 0o644);
}

/**
 * Checks that the ports can be listened on.
 *
 * @param held ports that the running cluster listens on already
 * @throws EnvironmentError naming a busy port and how to choose another.
 */
export async function checkPorts(ports: HostPorts, held: ReadonlySet<number>): Promise<void> {
    for (const name of portNames) {
        if (!held.has(ports[name]) && !(await isFree(ports[name]))) {
            const { purpose, flag, variable } = portSettings[name];
            throw new EnvironmentError(
                `Port ${ports[name]} on 127.0.0.1, wanted for ${purpose}, is in use by another program; ` +
                    `free it or choose another with ${flag} or ${variable}.`,
            );
        }
    }
}

async function isFree(port: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", (error) => {
            if (isErrno(error, "EADDRINUSE")) {
                resolve(false);
            } else {
                reject(error);
            }
        });
        server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
            server.close(() => {
                resolve(true);
            });
        });
    });
}
