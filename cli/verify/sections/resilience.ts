import type { Section } from "../types.ts";

export const resilience: Section = () => [];
