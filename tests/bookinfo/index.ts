// The same stack as the checkout's own, with another catalogue and nothing but defaults: it must work untouched.
import { MeshBaseline } from "../../components/baseline.ts";
import {
    baselineSettings,
    loadMeshConfig,
    meshContext,
    platformSettings,
} from "../../components/config.ts";
import { Microservice } from "../../components/microservice.ts";
import { MeshPlatform } from "../../components/platform.ts";
import { catalog } from "./catalog.ts";

const config = loadMeshConfig({ "mesh:namespace": "bookinfo" }, catalog);
const context = meshContext(config);

const platform = new MeshPlatform("platform", {
    ...platformSettings(config),
    webhooks: { ready: () => Promise.resolve() },
});
const baseline = new MeshBaseline("baseline", {
    ...baselineSettings(config),
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
