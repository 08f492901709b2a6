import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { adviceFor } from "#model/advice.ts";
import { portLevelMtlsSpec } from "#model/baseline.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { milliseconds } from "#model/duration.ts";
import { environmentOf } from "#model/environment.ts";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost } from "#model/mesh.ts";
import { INJECT_LABEL } from "#model/platform-names.ts";
import type { FaultIntent } from "#model/routing.ts";
import { metricsPath, sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import type { MonitoredBy } from "#stack/config.ts";
import { createAllowPolicies } from "./allow-policies.ts";
import { IstioResource } from "./istio.ts";
import { MonitoringResource, proxiedServiceMonitor } from "./monitoring.ts";
import { recordedInputs } from "./recorded-inputs.ts";
import { createWorkload, SERVICE_ANNOTATIONS } from "./workload.ts";

/** What a microservice is made from: its complete declaration, the mesh around it, and what the stack says of it. */
export interface MicroserviceArgs {
    /** Complete, with its canary where the stack gives it one. */
    readonly service: ServiceIntent;
    /** All services of the mesh: callees and backing services are looked up in it. */
    readonly catalog: Catalog;
    /** Names of the mesh that the service lives in. */
    readonly context: MeshContext;
    /** Pods of each version, from 1; more than one get a disruption budget. */
    readonly replicas: number;
    /** Image of every version that does not state its own. Default: the service's. */
    readonly image?: string | undefined;
    /** What the callers' proxies do to a share of the requests. Default: nothing. */
    readonly fault?: FaultIntent | undefined;
    /** The operator that reads a ServiceMonitor. Default: annotations say that the pods are scraped, and where. */
    readonly operator?: MonitoredBy | undefined;
    /** What must be there before any of its resources: a component's own `dependsOn` does not reach its children. */
    readonly dependsOn: NonNullable<pulumi.CustomResourceOptions["dependsOn"]>;
}

/** The port's name and `appProtocol` both say HTTP, so that no proxy has to sniff. */
function servicePort(service: ServiceIntent): k8s.types.input.core.v1.ServicePort {
    return { name: "http", appProtocol: "http", port: service.port, targetPort: "http" };
}

/** Sidecar of every workload: injected, of a known size, and scraped through its merged metrics, but never twice. */
function podAnnotations(
    service: ServiceIntent,
    operator: MonitoredBy | undefined,
): Record<string, string> {
    return {
        [INJECT_LABEL]: "true",
        "sidecar.istio.io/proxyCPU": "100m",
        "sidecar.istio.io/proxyCPULimit": "500m",
        "sidecar.istio.io/proxyMemory": "128Mi",
        "sidecar.istio.io/proxyMemoryLimit": "512Mi",
        ...(operator === undefined && {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": String(service.port),
            "prometheus.io/path": metricsPath(service),
        }),
    };
}

/** One microservice with everything the mesh owes it, all derived from its declaration. */
export class Microservice extends pulumi.ComponentResource {
    readonly serviceAccount: k8s.core.v1.ServiceAccount;
    readonly service: k8s.core.v1.Service;
    readonly deployments: readonly k8s.apps.v1.Deployment[];
    /** Host under which the cluster knows the service. */
    readonly host: string;

    /**
     * Warns of settings that do not do what they look like.
     *
     * @throws InputPropertyError for a spec that Istio's schema refuses
     */
    constructor(name: string, args: MicroserviceArgs, options?: pulumi.ComponentResourceOptions) {
        super(
            "mesh:index:Microservice",
            name,
            recordedInputs(args, "catalog", "dependsOn"),
            options,
        );
        const { service, context } = args;
        const labels = { app: service.name };
        const metadata = { name: service.name, namespace: context.namespace, labels };
        const child = { parent: this, dependsOn: args.dependsOn };
        for (const advice of adviceFor(service, args.replicas)) {
            void pulumi.log.warn(advice, this);
        }
        this.host = clusterHost(service.name, context);
        this.serviceAccount = new k8s.core.v1.ServiceAccount(
            `${name}-service-account`,
            { metadata, automountServiceAccountToken: false },
            child,
        );
        this.service = new k8s.core.v1.Service(
            `${name}-service`,
            {
                metadata: { ...metadata, annotations: SERVICE_ANNOTATIONS },
                spec: { selector: labels, ports: [servicePort(service)] },
            },
            child,
        );
        const security = this.#secure(name, args, child);
        this.deployments = this.#run(name, args, {
            parent: this,
            dependsOn: [this.serviceAccount, ...security],
        });
        this.#route(name, args, child);
        if (args.replicas > 1) {
            new k8s.policy.v1.PodDisruptionBudget(
                `${name}-pod-disruption-budget`,
                { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
                child,
            );
        }
        if (args.operator !== undefined) {
            new MonitoringResource(
                `${name}-service-monitor`,
                {
                    kind: "ServiceMonitor",
                    name: service.name,
                    namespace: context.namespace,
                    operator: args.operator,
                    spec: proxiedServiceMonitor(service.name),
                },
                child,
            );
        }
        this.registerOutputs({ host: this.host, service: this.service.metadata });
    }

    /** Who may call the service, and what its own proxy knows: there before the first pod is. */
    #secure(
        name: string,
        { service, catalog, context }: MicroserviceArgs,
        child: pulumi.CustomResourceOptions,
    ): pulumi.Resource[] {
        const { namespace } = context;
        const callers = createAllowPolicies(name, service.name, catalog, context, child);
        const scope = new IstioResource(
            `${name}-sidecar`,
            {
                kind: "Sidecar",
                name: service.name,
                namespace,
                spec: sidecarSpec(service, catalog, context),
            },
            child,
        );
        const portLevel = service.portLevelMtls
            ? [
                  new IstioResource(
                      `${name}-peer-authentication`,
                      {
                          kind: "PeerAuthentication",
                          name: `${service.name}-mtls`,
                          namespace,
                          spec: portLevelMtlsSpec(service),
                      },
                      child,
                  ),
              ]
            : [];
        return [...callers, scope, ...portLevel];
    }

    /** One Deployment a version. */
    #run(
        name: string,
        { service, catalog, context, ...args }: MicroserviceArgs,
        child: pulumi.CustomResourceOptions,
    ): k8s.apps.v1.Deployment[] {
        const timeouts = service.routes.map(({ timeout }) => milliseconds(timeout));
        return service.versions.map((version) =>
            createWorkload(
                `${name}-deployment-${version.name}`,
                {
                    namespace: context.namespace,
                    app: service.name,
                    version: version.name,
                    serviceAccountName: service.name,
                    image: version.image ?? args.image ?? service.image,
                    replicas: args.replicas,
                    port: { name: "http", number: service.port },
                    env: environmentOf(service, catalog, context),
                    annotations: podAnnotations(service, args.operator),
                    healthPath: service.healthPath,
                    runAsUser: service.runAsUser,
                    longestRequestSeconds: Math.ceil(Math.max(...timeouts) / 1000),
                },
                child,
            ),
        );
    }

    /** Pods, then subsets, then routes: a route to a subset that is not there yet answers 503. */
    #route(
        name: string,
        { service, context, fault }: MicroserviceArgs,
        child: pulumi.CustomResourceOptions,
    ): void {
        const common = { name: service.name, namespace: context.namespace };
        const destinationRule = new IstioResource(
            `${name}-destination-rule`,
            { kind: "DestinationRule", ...common, spec: destinationRuleSpec(service, context) },
            child,
        );
        new IstioResource(
            `${name}-virtual-service`,
            {
                kind: "VirtualService",
                ...common,
                spec: virtualServiceSpec(service, context, fault),
            },
            { parent: this, dependsOn: [destinationRule, ...this.deployments] },
        );
    }
}
