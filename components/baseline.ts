import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { collectorEntrySpec, collectorTlsSpec } from "#model/collector.ts";
import { gatewaySpec, stackAnnotations, STRICT_MTLS, telemetrySpec } from "#model/baseline.ts";
import type { MeshContext } from "#model/mesh.ts";
import { gatewayHosts, gatewayName, TLS_SECRET_NAME } from "#model/mesh.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import { stockEnvoyMetricsSpec } from "#model/stock-envoy-metrics.ts";
import type { BaselineSettings } from "#stack/config.ts";
import { IstioResource } from "./istio.ts";
import { recordedInputs } from "./recorded-inputs.ts";

/** Prod refuses upstream's Envoy; for everybody else it is looked at again with Envoy's next releases. */
const STOCK_ENVOY_EXEMPTION = {
    // Istio's analyzers warn of every EnvoyFilter.
    "galley.istio.io/analyze-suppress": "IST0133",
    "policy.a4co.dev/exempt": JSON.stringify({
        rule: "istio-api-disallow-unstable",
        owner: "mesh-platform",
        reason: "upstream's Envoy has no filter for Istio's metrics (mesh:stockEnvoy)",
        expires: "2027-12-31",
    }),
} as const;

/** What the baseline is made from: the mesh's names, its settings and what it waits for. */
export interface MeshBaselineArgs extends BaselineSettings {
    /** The stack's name, as the cluster shall say it. */
    readonly stack: string;
    /** Names of the mesh, and of the namespaces that the baseline is written to. */
    readonly context: MeshContext;
    /** What must be there before any of its resources: a component's own `dependsOn` does not reach its children. */
    readonly dependsOn: NonNullable<pulumi.CustomResourceOptions["dependsOn"]>;
}

/**
 * What holds for the whole mesh before any service is in it: STRICT mTLS, nobody may call anybody, who is told what
 * happens, and the edge.
 */
export class MeshBaseline extends pulumi.ComponentResource {
    readonly gateway: k8s.apiextensions.CustomResource;
    readonly denyAll: k8s.apiextensions.CustomResource;

    /** @throws InputPropertyError for a spec that Istio's schema refuses */
    constructor(name: string, args: MeshBaselineArgs, options?: pulumi.ComponentResourceOptions) {
        super("mesh:index:MeshBaseline", name, recordedInputs(args, "dependsOn"), options);
        const { context } = args;
        const child = { parent: this, dependsOn: args.dependsOn };
        const { namespace, controlPlaneNamespace } = context;

        new IstioResource(
            `${name}-mesh-strict`,
            {
                kind: "PeerAuthentication",
                name: BASELINE_NAMES.peerAuthentication,
                namespace: controlPlaneNamespace,
                spec: STRICT_MTLS,
            },
            child,
        );
        new IstioResource(
            `${name}-namespace-strict`,
            {
                kind: "PeerAuthentication",
                name: BASELINE_NAMES.peerAuthentication,
                namespace,
                spec: STRICT_MTLS,
            },
            child,
        );
        // In the application namespace: in the root namespace an empty spec would close the gateway as well.
        this.denyAll = new IstioResource(
            `${name}-deny-all`,
            { kind: "AuthorizationPolicy", name: BASELINE_NAMES.denyAll, namespace, spec: {} },
            child,
        );
        new IstioResource(
            `${name}-telemetry`,
            {
                kind: "Telemetry",
                name: BASELINE_NAMES.telemetry,
                namespace: controlPlaneNamespace,
                annotations: stackAnnotations(args.stack, args.telemetry.environment),
                spec: telemetrySpec(args.telemetry),
            },
            child,
        );
        if (!args.telemetry.metrics) {
            new IstioResource(
                `${name}-stock-envoy-metrics`,
                {
                    kind: "EnvoyFilter",
                    name: BASELINE_NAMES.stockEnvoyMetrics,
                    namespace: controlPlaneNamespace,
                    annotations: STOCK_ENVOY_EXEMPTION,
                    spec: stockEnvoyMetricsSpec(),
                },
                child,
            );
        }
        this.gateway = new IstioResource(
            `${name}-gateway`,
            {
                kind: "Gateway",
                name: gatewayName(context),
                namespace,
                spec: gatewaySpec(context, args.redirectHttp),
            },
            child,
        );
        if (args.certificate.from === "cert-manager") {
            new k8s.apiextensions.CustomResource(
                `${name}-certificate`,
                {
                    apiVersion: "cert-manager.io/v1",
                    kind: "Certificate",
                    metadata: { name: TLS_SECRET_NAME, namespace: controlPlaneNamespace },
                    spec: {
                        secretName: TLS_SECRET_NAME,
                        dnsNames: gatewayHosts(context),
                        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
                        issuerRef: {
                            group: "cert-manager.io",
                            kind: args.certificate.kind,
                            name: args.certificate.name,
                        },
                    },
                },
                child,
            );
        }
        this.#collector(name, args, child);
        this.registerOutputs({ gateway: this.gateway.metadata, denyAll: this.denyAll.metadata });
    }

    /** What proxies have to know of somebody else's collector; in the root namespace, where it holds for all of them. */
    #collector(
        name: string,
        { collector, context }: MeshBaselineArgs,
        child: pulumi.CustomResourceOptions,
    ): void {
        const common = { name: BASELINE_NAMES.collector, namespace: context.controlPlaneNamespace };
        if (collector !== undefined && collector.namespace === undefined) {
            new IstioResource(
                `${name}-collector`,
                { kind: "ServiceEntry", ...common, spec: collectorEntrySpec(collector) },
                child,
            );
        }
        if (collector?.tls === true) {
            new IstioResource(
                `${name}-collector-tls`,
                { kind: "DestinationRule", ...common, spec: collectorTlsSpec(collector) },
                child,
            );
        }
    }
}
