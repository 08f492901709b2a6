import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import {
    ApiException,
    AppsV1Api,
    KubernetesObjectApi,
    PatchStrategy,
} from "@kubernetes/client-node";
import { ensureGatewayCertificate } from "#local/certificate.ts";
import { IMAGES } from "#local/versions.ts";
import { callGraph } from "#model/authorization.ts";
import { clusterHost, gatewayHosts, publicHost, TLS_SECRET_NAME } from "#model/mesh.ts";
import { loadMeshConfig, meshContext } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { declaredObjects } from "#stack/declared-objects.ts";
import { catalog } from "../bookinfo/catalog.ts";
import { renderStack, run, STACKS } from "../render/render.ts";
import type { Rendering } from "../render/rendering.ts";
import { stackConfig } from "../render/stack-config.ts";
import { throughGateway } from "./edge.ts";
import type { LiveObject } from "./objects.ts";
import { programObjects } from "./objects.ts";
import { context, coreApi, eventually, kubeConfig } from "./support.ts";

const FIELD_MANAGER = "a4co-mesh-tests";
const NAMESPACE = "bookinfo";

/** The local stack's configuration with what a second mesh on the same gateway needs of its own. */
const config = stackConfig("local", {
    ...STACKS.local,
    "mesh:namespace": NAMESPACE,
    // Two Gateways with the same hosts on one port: the gateway would serve one of them.
    "mesh:domain": "bookinfo.local",
    "mesh:replicas": Object.fromEntries(catalog.services.map(({ name }) => [name, 1])),
});

/** Bookinfo on the local cluster, as `mesh verify` is told of a mesh. */
export const bookinfo: DeclaredMesh = (() => {
    const meshConfig = loadMeshConfig(config, catalog);
    return {
        catalog,
        config: meshConfig,
        context: meshContext(meshConfig),
        // The gateway is the one of a4co's mesh, and serves both.
        objects: async () => {
            const shared = declaredObjects((await renderStack("local")).resources);
            const own: readonly KubernetesObject[] = await bookinfoObjects();
            return { ...shared, objects: [...shared.objects, ...(own as DeclaredObject[])] };
        },
    };
})();

/** What Bookinfo's program registers. */
async function rendering(): Promise<Rendering> {
    const rendered = await run({
        program: "tests/bookinfo/index.ts",
        stack: "bookinfo",
        config,
        preview: true,
    });
    assert.deepEqual(rendered.errors, []);
    return rendered;
}

/** What the program makes for Bookinfo alone: the rest is the mesh's, which a4co's program has made. */
function isOwn({ metadata }: LiveObject): boolean {
    const { name, namespace } = metadata;
    return namespace === undefined
        ? name === NAMESPACE || name.startsWith(`${NAMESPACE}-`)
        : namespace === NAMESPACE;
}

/** What a service calls for each request: the first path that each of its callees lets it have. */
function calleesOf(service: string): string[] {
    return callGraph(catalog, bookinfo.context)
        .filter(({ caller }) => caller === service)
        .flatMap(({ callee, port, permissions }) => {
            const path = permissions?.[0]?.paths[0].replace(/\*$/, "0") ?? "";
            return [`http://${clusterHost(callee, bookinfo.context)}:${port}${path}`];
        });
}

/** As much of a Deployment as is replaced in it. */
interface Deployment extends LiveObject {
    readonly spec: {
        readonly template: {
            readonly spec: {
                readonly containers: readonly {
                    readonly name: string;
                    readonly env?: readonly unknown[];
                }[];
            };
        };
    };
}

function isDeployment(object: LiveObject): object is Deployment {
    return object.kind === "Deployment";
}

/** The same pod with a program that this machine has in place of Bookinfo's image. */
function withStandIn(deployment: Deployment, script: string): LiveObject {
    const { template } = deployment.spec;
    const containers = template.spec.containers.map((container) => {
        const service = catalog.services.find(({ name }) => name === container.name);
        assert.ok(service, `${container.name} is a service`);
        const env = [
            { name: "HEALTH_PATH", value: service.healthPath },
            { name: "CALLEES", value: JSON.stringify(calleesOf(service.name)) },
        ];
        return {
            ...container,
            image: IMAGES.probe,
            command: ["node", "-e", script],
            env: [...(container.env ?? []), ...env],
        };
    });
    const spec = {
        ...deployment.spec,
        template: { ...template, spec: { ...template.spec, containers } },
    };
    return { ...deployment, spec } as Deployment;
}

/** Everything Bookinfo consists of on the cluster, in the order in which the program makes it. */
export async function bookinfoObjects(): Promise<LiveObject[]> {
    const rendered = await rendering();
    const script = await readFile(new URL("../bookinfo/server.cjs", import.meta.url), "utf8");
    const place = new Map(rendered.order.map((name, index) => [name, index]));
    const resources = [...rendered.resources].sort(
        (one, other) => (place.get(one.name) ?? 0) - (place.get(other.name) ?? 0),
    );
    return programObjects({ ...rendered, resources })
        .filter(isOwn)
        .map((object) => (isDeployment(object) ? withStandIn(object, script) : object));
}

/** Applies an object on the server's side, where it wins over whoever else has set a field of it. */
export async function apply(object: LiveObject): Promise<void> {
    await KubernetesObjectApi.makeApiClient(kubeConfig()).patch(
        object,
        undefined,
        undefined,
        FIELD_MANAGER,
        true,
        PatchStrategy.ServerSideApply,
    );
}

/** Puts Bookinfo beside a4co and waits until a request goes all its way. */
export async function deployBookinfo(objects: readonly LiveObject[]): Promise<void> {
    for (const object of objects) {
        await apply(object);
    }
    const apps = kubeConfig().makeApiClient(AppsV1Api);
    await eventually("every Deployment of Bookinfo is available", 180, async () => {
        const { items } = await apps.listNamespacedDeployment({ namespace: NAMESPACE });
        return (
            items.length === objects.filter(isDeployment).length &&
            items.every(({ spec, status }) => status?.availableReplicas === spec?.replicas)
        );
    });
    for (const scheme of ["http", "https"] as const) {
        await eventually(`${scheme} reaches productpage`, 60, async () => {
            return (await statusOfProductpage(scheme, "/productpage")) === 200;
        });
    }
}

/** What the gateway answers to a request for a path of productpage, whose prefix is /. */
export async function statusOfProductpage(scheme: "http" | "https", path: string): Promise<number> {
    const [{ hostname = "" }] = catalog.services;
    const host = publicHost(hostname, bookinfo.context);
    return (await throughGateway({ scheme, host, path })).status;
}

/**
 * Gives the gateway one certificate for a4co's hosts and Bookinfo's, as whoever has two meshes behind one gateway would.
 *
 * @returns what puts the old one back
 */
export async function certifyBoth(): Promise<() => Promise<void>> {
    const [namespace, name] = [context.controlPlaneNamespace, TLS_SECRET_NAME];
    const { data } = await coreApi().readNamespacedSecret({ namespace, name });
    await ensureGatewayCertificate({
        kubeConfig: kubeConfig(),
        namespace,
        secretName: name,
        hosts: [...gatewayHosts(context), ...gatewayHosts(bookinfo.context)],
    });
    return async () => {
        const body = { metadata: { name, namespace }, type: "kubernetes.io/tls", data: data ?? {} };
        await coreApi().replaceNamespacedSecret({ namespace, name, body });
    };
}

/** Removes it and waits until nothing of it is left; what is not there is no error. */
export async function removeBookinfo(objects: readonly LiveObject[]): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(kubeConfig());
    // Whatever lies in the namespace goes with it.
    const clusterWide = objects.filter(({ metadata }) => metadata.namespace === undefined);
    for (const object of [...clusterWide].reverse()) {
        await unlessGone(() => api.delete(object));
    }
    // Nobody waits for the requests that they would still finish.
    await coreApi().deleteCollectionNamespacedPod({ namespace: NAMESPACE, gracePeriodSeconds: 0 });
    await eventually("nothing of Bookinfo is left", 120, async () => {
        const found = await Promise.all(
            clusterWide.map((object) =>
                unlessGone(() => api.read<Required<KubernetesObject>>(object)),
            ),
        );
        return found.every((object) => object === undefined);
    });
}

async function unlessGone<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
        return await request();
    } catch (error) {
        if (error instanceof ApiException && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}
