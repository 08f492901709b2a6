import type { Section } from "../types.ts";

export const identity: Section = () => [];
