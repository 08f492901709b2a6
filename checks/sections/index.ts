import type { Section, SectionName } from "../check.ts";
import { authorization } from "./authorization.ts";
import { config } from "./config/index.ts";
import { edge } from "./edge.ts";
import { identity } from "./identity.ts";
import { install } from "./install.ts";
import { preflight } from "./preflight.ts";
import { resilience } from "./resilience/index.ts";
import { telemetry } from "./telemetry.ts";

/** Every section of `mesh verify`. */
export const sections: Readonly<Record<SectionName, Section>> = {
    preflight,
    install,
    config,
    identity,
    authorization,
    edge,
    resilience,
    telemetry,
};
