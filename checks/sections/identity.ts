import type { Section } from "../check.ts";
import { callerChecks } from "./identity/callers.ts";
import { certificateChecks } from "./identity/certificates.ts";
import { plaintextChecks } from "./identity/plaintext.ts";
import { serverNameChecks } from "./identity/server-names.ts";

/** Who everybody is, and that nobody is spoken to without knowing it. */
export const identity: Section = (mesh) => [
    ...callerChecks(mesh),
    ...plaintextChecks(mesh),
    ...certificateChecks(mesh),
    ...serverNameChecks(mesh),
];
