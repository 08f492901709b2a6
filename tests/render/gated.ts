// The stack of the checkout with a gate that can be watched: it answers late, or never, as `test:gate` says.
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { MeshBaseline } from "#components/baseline.ts";
import { Microservice } from "#components/microservice.ts";
import { MeshPlatform } from "#components/platform.ts";
import { catalog } from "#services/catalog.ts";
import { baselineFrom, loadMeshConfig, meshContext } from "#stack/config.ts";
import { platformFrom } from "#stack/platform-keys.ts";
import { note } from "#stack/render/recorder.ts";
import { meshKeys } from "./mesh-keys.ts";

/** Long beside what a mocked registration takes: whatever does not wait is there first. */
const ANSWER_MILLISECONDS = 300;

const config = loadMeshConfig(meshKeys(), catalog);
const context = meshContext(config);
const platform = new MeshPlatform("platform", {
    ...platformFrom(config),
    webhooks: {
        ready: async () => {
            note("gate is asked");
            await sleep(ANSWER_MILLISECONDS);
            if (new pulumi.Config("test").get("gate") === "silent") {
                throw new Error("the injector did not answer");
            }
            note("gate answers");
        },
    },
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
        replicas: 1,
        dependsOn: baseline,
    });
}
