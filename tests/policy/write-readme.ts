// Rewrites the README's tables of the policy pack from the code.
import { readFile, writeFile } from "node:fs/promises";
import { withTables } from "./readme.ts";

const file = new URL("../../README.md", import.meta.url);
await writeFile(file, withTables(await readFile(file, "utf8")));
