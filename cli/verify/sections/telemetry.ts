import type { Section } from "../types.ts";

export const telemetry: Section = () => [];
