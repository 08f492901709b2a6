import type {
    KubernetesObject,
    V1Deployment,
    V1OwnerReference,
    V1Service,
} from "@kubernetes/client-node";
import { z } from "zod";
import { allowPolicySpec, edgesTo } from "#model/authorization.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { environmentOf } from "#model/environment.ts";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import type { MeshContext } from "#model/mesh.ts";
import { rehearsalName } from "#model/mesh.ts";
import { virtualServiceSpec } from "#model/routing.ts";

/** Label of everything that belongs to a rehearsal; its value is the rehearsal's name. */
export const REHEARSAL_LABEL = "mesh-rehearsal";

/** Pods of a rehearsal that behave alike. */
export interface RehearsalGroup {
    /** Part of the Deployment's name, for example `healthy`. */
    readonly name: string;
    readonly replicas: number;
    /** Environment variables beyond the service's own, for example those that make it fail. Default: none. */
    readonly env?: Readonly<Record<string, string>>;
}

/** Which service is copied, in which groups of pods, and what of its declaration holds for the copy. */
export interface RehearsalOptions {
    readonly service: ServiceIntent;
    readonly catalog: Catalog;
    readonly context: MeshContext;
    readonly image: string;
    readonly groups: readonly RehearsalGroup[];
    /** Whether the declared connection pool and outlier detection hold; without them nothing must trip. */
    readonly breaker: boolean;
    /** Takes a part of the routes away, to show what it is good for. Default: they are as declared. */
    readonly alterRoutes?: (spec: VirtualServiceSpec) => VirtualServiceSpec;
}

type VirtualServiceSpec = ReturnType<typeof virtualServiceSpec>;

/** An object beyond its metadata, as the API server takes it. */
export type SpecifiedObject = KubernetesObject & { readonly [field: string]: unknown };

/** Annotation of its timer: what of its pods follows from no declaration, as JSON. */
const PODS_ANNOTATION = "mesh-rehearsal-pods";

const podsSchema = z.object({
    image: z.string(),
    groups: z.array(
        z.object({
            name: z.string(),
            replicas: z.number(),
            env: z.record(z.string(), z.string()).optional(),
        }),
    ),
});

/** The note of a rehearsal's pods that its timer keeps. */
export function podsNote({ image, groups }: Pick<RehearsalOptions, "image" | "groups">): {
    readonly [PODS_ANNOTATION]: string;
} {
    return { [PODS_ANNOTATION]: JSON.stringify({ image, groups }) };
}

/** What a timer's annotations say of a rehearsal's pods; `undefined` where they say nothing. */
export function notedPods(
    annotations: Readonly<Record<string, string>>,
): Pick<RehearsalOptions, "image" | "groups"> | undefined {
    try {
        const noted: unknown = JSON.parse(annotations[PODS_ANNOTATION] ?? "");
        return podsSchema.safeParse(noted).data as ReturnType<typeof notedPods>;
    } catch {
        return undefined;
    }
}

/** A service under the name of its rehearsal, in one version. */
export function rehearsed(service: ServiceIntent): ServiceIntent {
    const [{ name }] = service.versions;
    return { ...service, name: rehearsalName(service.name), versions: [{ name, weight: 100 }] };
}

/**
 * A copy of a service under its own name, beside the real one: routes, breaker and allowed callers come from the
 * declaration by the functions that the program uses, and its pods have the service's image and identity. Load on it
 * and failures in it reach nobody else.
 *
 * @param owner the timer that ends it
 */
export function rehearsalObjects(
    options: RehearsalOptions,
    owner: V1OwnerReference,
): readonly SpecifiedObject[] {
    const { catalog, context, breaker, alterRoutes = (spec) => spec } = options;
    const service = rehearsed(options.service);
    const { namespace } = context;
    const metadataOf = (name: string): NonNullable<KubernetesObject["metadata"]> => ({
        name,
        namespace,
        labels: { [REHEARSAL_LABEL]: service.name },
        ownerReferences: [owner],
    });
    const metadata = metadataOf(service.name);
    const rule = destinationRuleSpec(service, context);
    return [
        { apiVersion: "v1", kind: "Service", metadata, spec: serviceSpec(service) },
        ...edgesTo(options.service.name, catalog, context).map((edge) => ({
            apiVersion: API_VERSIONS.AuthorizationPolicy,
            kind: "AuthorizationPolicy",
            metadata: metadataOf(`${service.name}-${edge.caller}`),
            spec: allowPolicySpec({ ...edge, callee: service.name }, context),
        })),
        {
            apiVersion: API_VERSIONS.DestinationRule,
            kind: "DestinationRule",
            metadata,
            spec: breaker ? rule : { ...rule, trafficPolicy: { tls: rule.trafficPolicy?.tls } },
        },
        {
            apiVersion: API_VERSIONS.VirtualService,
            kind: "VirtualService",
            metadata,
            // The public host stays the real service's.
            spec: {
                ...alterRoutes(virtualServiceSpec(service, context)),
                hosts: [service.name],
                gateways: ["mesh"],
            },
        },
        ...options.groups.map((group) => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: metadataOf(`${service.name}-${group.name}`),
            spec: deploymentSpec(options, service, group),
        })),
    ];
}

function serviceSpec({ name, port }: ServiceIntent): V1Service["spec"] {
    return {
        selector: { app: name },
        ports: [{ name: "http", appProtocol: "http", port, targetPort: "http" }],
    };
}

function deploymentSpec(
    { image, catalog, context, service: original }: RehearsalOptions,
    service: ServiceIntent,
    group: RehearsalGroup,
): V1Deployment["spec"] {
    const [{ name: version }] = service.versions;
    const env = { ...environmentOf(original, catalog, context), ...group.env };
    const labels = { app: service.name, version, group: group.name };
    const user = original.runAsUser;
    return {
        replicas: group.replicas,
        selector: { matchLabels: labels },
        template: {
            metadata: { labels },
            spec: {
                serviceAccountName: original.name,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                terminationGracePeriodSeconds: 1,
                securityContext: {
                    runAsNonRoot: true,
                    runAsUser: user,
                    runAsGroup: user,
                    seccompProfile: { type: "RuntimeDefault" },
                },
                containers: [
                    {
                        name: service.name,
                        image,
                        imagePullPolicy: "IfNotPresent",
                        env: Object.entries(env).map(([name, value]) => ({ name, value })),
                        ports: [{ name: "http", containerPort: service.port }],
                        readinessProbe: {
                            httpGet: { path: original.healthPath, port: "http" },
                            periodSeconds: 1,
                        },
                        securityContext: {
                            allowPrivilegeEscalation: false,
                            readOnlyRootFilesystem: true,
                            capabilities: { drop: ["ALL"] },
                        },
                    },
                ],
            },
        },
    };
}
