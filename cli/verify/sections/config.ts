import type { Section } from "../types.ts";

export const config: Section = () => [];
