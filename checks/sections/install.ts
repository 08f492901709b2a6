import type { Section } from "../check.ts";
import { injector, sidecarGuard, validator } from "./install/admission.ts";
import { webhookCa } from "./install/webhook-ca.ts";
import { gateway, istiod } from "./install/workloads.ts";

/** Istio is there, and its admission does what it is there for. */
export const install: Section = ({ config }) => [
    istiod,
    gateway,
    injector(config),
    sidecarGuard,
    validator,
    webhookCa,
];
