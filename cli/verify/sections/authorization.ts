import type { Section } from "../types.ts";

export const authorization: Section = () => [];
