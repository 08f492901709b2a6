import type { Section } from "../check.ts";
import { crds } from "./preflight/crds.ts";
import { permissions } from "./preflight/permissions.ts";
import { apiServer, istioVersion, kubernetesVersion } from "./preflight/versions.ts";

/** What has to be so before anything else can be asked. */
export const preflight: Section = () => [
    apiServer,
    kubernetesVersion,
    istioVersion,
    permissions,
    crds,
];
