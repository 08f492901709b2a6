import type { Section } from "../types.ts";

export const edge: Section = () => [];
