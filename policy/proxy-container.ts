import type { Field } from "./field.ts";
import { containersOf } from "./workload.ts";

/** Names that the injector gives its containers. */
const PROXY_NAMES: ReadonlySet<string> = new Set(["istio-init", "istio-proxy", "istio-validation"]);

/** Whether a container is Istio's: by its name, and by an image that may be Istio's. @throws UnknownValue */
export function isProxyContainer(container: Field): boolean {
    const image = container.at("image").text() ?? "auto";
    return PROXY_NAMES.has(container.at("name").text() ?? "") && /^auto$|istio|proxyv2/.test(image);
}

/** The containers of a pod that are not Istio's, init containers first. @throws UnknownValue */
export function ownContainersOf(pod: Field): readonly Field[] {
    return containersOf(pod).filter((container) => !isProxyContainer(container));
}

/** Those that run beside the proxy: init containers end before it starts, unless they are never done. @throws UnknownValue */
export function applicationsOf(pod: Field): readonly Field[] {
    return ownContainersOf(pod).filter(
        (container) =>
            !container.path.includes("initContainers") ||
            container.at("restartPolicy").text() === "Always",
    );
}
