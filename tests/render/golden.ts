// Rewrites the golden renderings. A change of them is reviewed like any other change.
import { writeGolden } from "./golden-file.ts";
import { GOLDENS } from "./goldens.ts";

await Promise.all(
    Object.entries(GOLDENS).map(async ([name, render]) => {
        await writeGolden(name, await render());
    }),
);
