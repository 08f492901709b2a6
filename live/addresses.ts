import type { KubeConfig } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { exchange } from "#network/exchange.ts";
import { serviceOf } from "#stack/addon-addresses.ts";
import { reasonOf } from "./kubernetes/errors.ts";
import type { ServiceResponse } from "./kubernetes/port-forward.ts";
import { getThroughPortForward } from "./kubernetes/port-forward.ts";

const TIMEOUT_MILLISECONDS = 5000;

/** Somebody's server cannot be asked from this machine, which says nothing about the mesh. */
export class OutOfReachError extends EnvironmentError {}

/**
 * Asks an address of the configuration: a Service of the cluster over a port-forward, a host outside directly.
 *
 * @param address base URL, in which the path of what is asked follows
 * @throws OutOfReachError where this machine gets no answer of a host outside, or only to be asked who it is
 * @throws Error where a Service of the cluster does not answer
 */
export async function getAt(
    kubeConfig: KubeConfig,
    address: string,
    path: string,
): Promise<ServiceResponse> {
    const name = serviceOf(address);
    const url = new URL(address + path);
    if (name === undefined) {
        return getOutside(url);
    }
    if (url.protocol === "https:") {
        throw new OutOfReachError(`${url.host} wants TLS, which a port-forward does not offer`);
    }
    return getThroughPortForward(kubeConfig, {
        ...name,
        port: Number(url.port || 80),
        path: url.pathname + url.search,
    });
}

async function getOutside(url: URL): Promise<ServiceResponse> {
    const limits = { milliseconds: TIMEOUT_MILLISECONDS };
    const { status, text } = await exchange(url, { limits }).catch((error: unknown) => {
        throw new OutOfReachError(`${url.host} does not answer this machine: ${reasonOf(error)}`);
    });
    if (status === 401 || status === 403) {
        throw new OutOfReachError(`${url.host} answers ${status} to whoever does not sign in`);
    }
    return { status, body: text };
}
