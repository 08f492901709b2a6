import type { Section } from "../../check.ts";
import { analyzers } from "./analyzers.ts";
import { proxyVersion, synced } from "./control-plane.ts";
import { rejected } from "./rejected.ts";
import { sidecars } from "./sidecars.ts";

/** What the mesh was told reached every proxy, and every proxy took it. */
export const config: Section = (mesh) => [
    analyzers(mesh),
    synced,
    proxyVersion,
    rejected(mesh),
    sidecars(mesh),
];
