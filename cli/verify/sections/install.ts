import type { Section } from "../types.ts";

export const install: Section = () => [];
