import type { Collector } from "#model/collector.ts";
import { clusterHost, CLUSTER_DOMAIN } from "#model/mesh.ts";

/** A Service of the cluster, as the host of an address names it. */
interface ServiceName {
    readonly service: string;
    readonly namespace: string;
}

/**
 * The Service of the cluster that an address leads to.
 *
 * @param address a URL whose host is `<service>.<namespace>`, with or without `.svc` and the cluster's domain
 * @returns `undefined` for a host outside the cluster
 */
export function serviceOf(address: string): ServiceName | undefined {
    const [service = "", namespace = "", ...rest] = new URL(address).hostname.split(".");
    const isService = ["", "svc", `svc.${CLUSTER_DOMAIN}`].includes(rest.join("."));
    return isService && namespace !== "" ? { service, namespace } : undefined;
}

/** A collector as its address describes it, which must be sound. */
export function collectorAt(address: string): Collector {
    const [, scheme, host = "", port] = COLLECTOR.exec(address) ?? [];
    const service = serviceOf(address);
    return {
        host: service === undefined ? host : clusterHost(service.service, service),
        port: Number(port),
        tls: scheme === "https",
        namespace: service?.namespace,
    };
}

const COLLECTOR = /^(https?):\/\/([a-z0-9][-a-z0-9.]*[a-z0-9]):(\d{1,5})\/?$/;
const IP_ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[.*\])$/;

/** What stands in a URL's host, port and path, and means nothing to YAML, a settings file or a template. */
const PLAIN_URL = /^https?:\/\/[\w.~:/%[\]@+,=-]+$/;

/** What would be an address that a browser can open, and below which there are paths; `undefined` where it is one. */
export function urlProblem(text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:\/\//.test(text) || url.port === "0") {
        return "an http or https URL";
    }
    if (url.username !== "" || url.password !== "") {
        return "a URL without credentials";
    }
    if (/[?#]/.test(text)) {
        return "a URL without query and fragment";
    }
    return PLAIN_URL.test(text)
        ? undefined
        : "a URL of letters, digits and . _ ~ : / % [ ] @ + , = -";
}

/** What would be an address that somebody can ask by HTTP; `undefined` where it is one. */
export function addressProblem(address: string): string | undefined {
    return urlProblem(address) ?? hostProblem(new URL(address).hostname);
}

/** What would be an address for spans; `undefined` where it is one. */
export function collectorProblem(address: string): string | undefined {
    const [, , host = "", port = "0"] = COLLECTOR.exec(address) ?? [];
    if (Number(port) === 0 || !URL.canParse(address)) {
        return "http://HOST:PORT, or https://HOST:PORT for TLS, with a port from 1 to 65535";
    }
    return IP_ADDRESS.test(host)
        ? "a host's name, as istiod finds no collector by an IP address"
        : hostProblem(host);
}

/** `prometheus.monitoring` could be a Service as well as a domain: whoever writes it says which. */
function hostProblem(host: string): string | undefined {
    return IP_ADDRESS.test(host) || host.split(".").length > 2
        ? undefined
        : "a Service as NAME.NAMESPACE.svc, or a host outside the cluster with two dots or more";
}
