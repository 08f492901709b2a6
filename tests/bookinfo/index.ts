// The same stack as the checkout's own, with another catalogue and nothing but defaults unless a stack says otherwise,
// besides what has none: it must work untouched.
import * as pulumi from "@pulumi/pulumi";
import { MeshBaseline } from "#components/baseline.ts";
import { MeshGuard } from "#components/guard.ts";
import { Microservice } from "#components/microservice.ts";
import { MeshPlatform } from "#components/platform.ts";
import { baselineFrom, guardFrom, loadMeshConfig, meshContext } from "#stack/config.ts";
import { platformFrom } from "#stack/platform-keys.ts";
import { catalog } from "./catalog.ts";

const config = loadMeshConfig(
    {
        "mesh:namespace": "bookinfo",
        "mesh:deployers": JSON.stringify({ groups: ["bookinfo-deployers"] }),
        ...pulumi.runtime.allConfig(),
    },
    catalog,
);
const context = meshContext(config);

new MeshGuard("guard", {
    ...guardFrom(config, pulumi.getStack()),
    catalog,
    context,
    gate: {
        whoDeploys: () => Promise.resolve({ username: "tester", groups: ["bookinfo-deployers"] }),
    },
});

const platform = new MeshPlatform("platform", {
    ...platformFrom(config),
    webhooks: { ready: () => Promise.resolve() },
});
const baseline = new MeshBaseline("baseline", {
    ...baselineFrom(config),
    stack: pulumi.getStack(),
    context,
    dependsOn: platform.ready,
});
for (const service of catalog.services) {
    new Microservice(service.name, {
        service,
        catalog,
        context,
        replicas: config.replicas[service.name] ?? 1,
        dependsOn: baseline,
    });
}
