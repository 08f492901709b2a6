import type { Section } from "../types.ts";

export const preflight: Section = () => [];
