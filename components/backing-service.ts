import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { backingDestinationRuleSpec } from "#model/destination-rule.ts";
import type { BackingServiceIntent, Catalog } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { tcpPortName } from "#model/names.ts";
import { INJECT_LABEL } from "#model/platform-names.ts";
import { backingSidecarSpec } from "#model/routing.ts";
import type { MonitoredBy } from "#stack/config.ts";
import { createAllowPolicies } from "./allow-policies.ts";
import { IstioResource } from "./istio.ts";
import { MonitoringResource, proxyPodMonitor } from "./monitoring.ts";
import { recordedInputs } from "./recorded-inputs.ts";
import { createWorkload, SERVICE_ANNOTATIONS } from "./workload.ts";

/** What a backing service is made from: its declaration, the mesh around it, and whether the stack runs it. */
export interface BackingServiceArgs {
    readonly service: BackingServiceIntent;
    /** All services of the mesh: the callers are looked up in it. */
    readonly catalog: Catalog;
    /** Names of the mesh that the service lives in. */
    readonly context: MeshContext;
    /**
     * Whether to run one server for trying out. Otherwise the server is somebody else's, with its pods in the
     * namespace labelled `app: <name>`, and this component only lets its callers in.
     */
    readonly deploy: boolean;
    /** Image with its tag or digest; used with `deploy` alone. Default: the service's. */
    readonly image?: string | undefined;
    /** The operator that reads a PodMonitor. Default: none does. */
    readonly operator?: MonitoredBy | undefined;
    /** What must be there before any of its resources: a component's own `dependsOn` does not reach its children. */
    readonly dependsOn: NonNullable<pulumi.CustomResourceOptions["dependsOn"]>;
}

/** A TCP server in the mesh: mutual TLS towards it, and its declared callers alone are let in. */
export class BackingService extends pulumi.ComponentResource {
    /**
     * Without `deploy` only what the mesh needs of it is made: somebody else runs the server.
     *
     * @throws InputPropertyError for a spec that Istio's schema refuses
     */
    constructor(name: string, args: BackingServiceArgs, options?: pulumi.ComponentResourceOptions) {
        super(
            "mesh:index:BackingService",
            name,
            recordedInputs(args, "catalog", "dependsOn"),
            options,
        );
        const { service, catalog, context } = args;
        const { namespace } = context;
        const child = { parent: this, dependsOn: args.dependsOn };
        const labels = { app: service.name };
        const metadata = { name: service.name, namespace, labels };

        const policies = createAllowPolicies(name, service.name, catalog, context, child);
        new IstioResource(
            `${name}-destination-rule`,
            {
                kind: "DestinationRule",
                name: service.name,
                namespace,
                spec: backingDestinationRuleSpec(service, context),
            },
            child,
        );
        if (args.operator !== undefined) {
            // By its pods: whoever runs the server has labelled them, and perhaps not the Service.
            new MonitoringResource(
                `${name}-pod-monitor`,
                {
                    kind: "PodMonitor",
                    name: service.name,
                    namespace,
                    operator: args.operator,
                    spec: proxyPodMonitor(labels),
                },
                child,
            );
        }
        if (args.deploy) {
            const account = new k8s.core.v1.ServiceAccount(
                `${name}-service-account`,
                { metadata, automountServiceAccountToken: false },
                child,
            );
            const port = { name: tcpPortName(service.scheme), number: service.port };
            new k8s.core.v1.Service(
                `${name}-service`,
                {
                    metadata: { ...metadata, annotations: SERVICE_ANNOTATIONS },
                    spec: {
                        selector: labels,
                        // Declared, not sniffed: where the server speaks first, sniffing waits for a client that waits.
                        ports: [
                            {
                                name: port.name,
                                appProtocol: "tcp",
                                port: port.number,
                                targetPort: port.name,
                            },
                        ],
                    },
                },
                child,
            );
            const scope = new IstioResource(
                `${name}-sidecar`,
                {
                    kind: "Sidecar",
                    name: service.name,
                    namespace,
                    spec: backingSidecarSpec(service, context),
                },
                child,
            );
            createWorkload(
                `${name}-deployment-v1`,
                {
                    namespace,
                    app: service.name,
                    version: "v1",
                    serviceAccountName: service.name,
                    image: args.image ?? service.image,
                    replicas: 1,
                    port,
                    ...(service.args && { args: service.args }),
                    env: {},
                    annotations: { [INJECT_LABEL]: "true" },
                    runAsUser: service.runAsUser,
                    longestRequestSeconds: 5,
                },
                { parent: this, dependsOn: [account, scope, ...policies] },
            );
        }
        this.registerOutputs({});
    }
}
