/** Which object of the cluster. */
export interface ObjectName {
    readonly kind: string;
    readonly namespace: string | undefined;
    readonly name: string;
}

/** For example `VirtualService a4co/order-service`. */
export function objectText({ kind, namespace, name }: ObjectName): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The command that shows an object. */
export function showCommand({ kind, namespace, name }: ObjectName): string {
    const where = namespace === undefined ? "" : ` --namespace ${namespace}`;
    return `kubectl get ${kind.toLowerCase()} ${name}${where} --output yaml`;
}

/**
 * The object that Istio says a route or a cluster was made from.
 *
 * @param path for example `/apis/networking.istio.io/v1/namespaces/a4co/virtual-service/order-service`
 */
export function objectAt(path: string | undefined): ObjectName | undefined {
    const [, namespace, kind, name] =
        /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path ?? "") ?? [];
    return namespace === undefined || kind === undefined || name === undefined
        ? undefined
        : { kind: pascalCase(kind), namespace, name };
}

function pascalCase(kebab: string): string {
    return kebab
        .split("-")
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join("");
}
