// Rewrites the files, and the parts of files, that follow from the code.
import { readFile, writeFile } from "node:fs/promises";
import { WRITTEN } from "./documents.ts";

for (const { file, write } of WRITTEN) {
    const path = new URL(`../../${file}`, import.meta.url);
    await writeFile(path, write(await readFile(path, "utf8")));
}
