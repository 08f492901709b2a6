// A guard alone, deployed by whoever `test:user` names; the API server does not say who it is where that is "nobody".
import * as pulumi from "@pulumi/pulumi";
import { MeshGuard } from "#components/guard.ts";
import { catalog } from "#services/catalog.ts";
import { guardFrom, loadMeshConfig, meshContext } from "#stack/config.ts";
import { meshKeys } from "./mesh-keys.ts";

const config = loadMeshConfig(meshKeys(), catalog);
const username = new pulumi.Config("test").require("user");

new MeshGuard("guard", {
    ...guardFrom(config, pulumi.getStack()),
    catalog,
    context: meshContext(config),
    gate: {
        whoDeploys: () =>
            username === "nobody"
                ? Promise.reject(new Error("connection refused"))
                : Promise.resolve({ username, groups: ["staff", "system:authenticated"] }),
    },
});
