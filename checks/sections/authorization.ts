import type { Section } from "../check.ts";
import { allowedChecks } from "./authorization/allowed.ts";
import { defaultChecks } from "./authorization/default.ts";
import { refusedChecks } from "./authorization/refused.ts";
import { trickChecks } from "./authorization/tricks.ts";
import { undeclaredChecks } from "./authorization/undeclared.ts";

/** Who may ask whom for what, tried in full: every declared edge, every pair that is not, and what lies beside. */
export const authorization: Section = (mesh) => [
    ...allowedChecks(mesh),
    ...refusedChecks(mesh),
    ...trickChecks(mesh),
    ...undeclaredChecks(mesh),
    ...defaultChecks(mesh),
];
