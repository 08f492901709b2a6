import { register } from "tsx/esm/api";

// The program runs from its TypeScript source, so that no stale output can ever be deployed.
register();

// The exports of the stack, which become its outputs.
export default await import("../index.ts");
