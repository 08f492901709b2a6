import * as pulumi from "@pulumi/pulumi";
import { BackingService } from "#components/backing-service.ts";
import { MeshBaseline } from "#components/baseline.ts";
import { kubernetesDeployerGate, MeshGuard } from "#components/guard.ts";
import { Microservice } from "#components/microservice.ts";
import { MeshPlatform } from "#components/platform.ts";
import { kubernetesWebhookGate } from "#components/webhooks.ts";
import { callGraph } from "#model/authorization.ts";
import { withCanaries } from "#model/canary.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { GATEWAY_NAME, publicHost } from "#model/mesh.ts";
import { catalog as declared } from "#services/catalog.ts";
import {
    baselineFrom,
    clusterAccess,
    guardFrom,
    loadMeshConfig,
    meshContext,
    operatorFrom,
} from "#stack/config.ts";
import { platformFrom } from "#stack/platform-keys.ts";

const settings = pulumi.runtime.allConfig();
const config = loadMeshConfig(settings, declared);
const catalog = withCanaries(declared, config.canaries);
const context = meshContext(config);
const operator = operatorFrom(config);

if (config.guard.enabled) {
    new MeshGuard("guard", {
        ...guardFrom(config, pulumi.getStack()),
        catalog,
        context,
        gate: kubernetesDeployerGate(clusterAccess(settings)),
    });
}

const platform = new MeshPlatform("platform", {
    ...platformFrom(config),
    webhooks: kubernetesWebhookGate({ ...context, ...clusterAccess(settings) }),
});

const baseline = new MeshBaseline("baseline", {
    ...baselineFrom(config),
    stack: pulumi.getStack(),
    context,
    dependsOn: platform.ready,
});

for (const service of catalog.backing) {
    new BackingService(service.name, {
        service,
        catalog,
        context,
        deploy: config.backingServices === "deploy",
        image: config.serviceImages[service.name],
        operator,
        dependsOn: baseline,
    });
}

for (const service of catalog.services) {
    new Microservice(service.name, {
        service,
        catalog,
        context,
        replicas: config.replicas[service.name] ?? 1,
        image: config.serviceImages[service.name],
        fault: config.faults[service.name],
        operator,
        dependsOn: baseline,
    });
}

/** Istio's version in this stack. */
export const istioVersion = config.istioVersion;
/** How to reach the gateway: the hosts it serves, and the command that prints its Service's addresses and ports. */
export const gateway = {
    hosts: catalog.services.flatMap(({ hostname, callers }) =>
        hostname !== undefined && INGRESS_GATEWAY in callers ? [publicHost(hostname, context)] : [],
    ),
    address: `kubectl --namespace ${context.controlPlaneNamespace} get service ${GATEWAY_NAME}`,
};
/** Names of the services of the mesh. */
export const services = catalog.services.map(({ name }) => name);
/** Who may call whom; everything else is refused. */
export const callers = callGraph(catalog, context).map(
    ({ caller, callee }) => `${caller} -> ${callee}`,
);
