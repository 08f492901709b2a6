import { hostChanges } from "./egress/compare-hosts.ts";
import { meshModeChanges, wayChanges } from "./egress/compare-ways.ts";
import { packetChanges } from "./egress/network-policies.ts";
import { scopeChanges } from "./egress/scopes.ts";
import type { Compare } from "./subject.ts";

/** Which ways lead out of the mesh, and how what takes them is protected. */
export const compareEgress: Compare = (before, after) => [
    ...meshModeChanges(before, after),
    ...wayChanges(before, after),
    ...hostChanges(before, after),
    ...packetChanges(before, after),
    ...scopeChanges(before, after),
];
