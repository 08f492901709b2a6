import type { Section } from "../check.ts";
import { arrivalChecks } from "./edge/arrivals.ts";
import { barrierChecks } from "./edge/barriers.ts";
import { tlsChecks } from "./edge/tls.ts";

/** What a client outside the mesh can and cannot do at the ingress gateway. */
export const edge: Section = (mesh) => [
    ...arrivalChecks(mesh),
    ...tlsChecks(mesh),
    ...barrierChecks(mesh),
];
