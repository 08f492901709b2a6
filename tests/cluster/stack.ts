import { readFile, writeFile } from "node:fs/promises";
import { chartFolder } from "#local/charts.ts";
import { deploy } from "#local/deployer/index.ts";
import { paths } from "#local/node/layout.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import { stackFileOf } from "#stack/stack-file.ts";

/** The local stack's file, as a test finds it. */
export interface LocalStack {
    readonly file: string;
    readonly text: string;
    /** Puts the file back, and the mesh as it says. */
    readonly restore: () => Promise<void>;
}

/** Reads the local stack's file before a test changes it. */
export async function localStack(): Promise<LocalStack> {
    const file = await stackFileOf(LOCAL_STACK);
    const text = await readFile(file, "utf8");
    return {
        file,
        text,
        restore: async () => {
            await writeFile(file, text);
            await deploy({
                stack: LOCAL_STACK,
                kubeconfig: paths.kubeconfig,
                config: { "mesh:charts": await chartFolder() },
                report: () => undefined,
            });
        },
    };
}
