import { delimiter, join } from "node:path";
import { EnvironmentError } from "#errors.ts";
import { isExecutable } from "#files.ts";

/** A command of somebody else's that is used where it is there. */
export type FoundTool = "helm" | "istioctl";

/** What is known of a tool before it is looked for. */
interface Description {
    /** Environment variable that says where it is. */
    readonly variable: string;
    /** How to come by it, and which version. */
    readonly get: string;
}

const TOOLS: Readonly<Record<FoundTool, Description>> = {
    helm: {
        variable: "MESH_HELM",
        get: "get version 3 from https://helm.sh/docs/intro/install/",
    },
    istioctl: {
        variable: "MESH_ISTIOCTL",
        get: "get the control plane's version from https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/",
    },
};

/** What to do about a tool that is not there, without a full stop. */
export function howToGet(tool: FoundTool): string {
    const { get, variable } = TOOLS[tool];
    return `${get}, or set ${variable} to its path`;
}

/**
 * Path of a tool: where its variable says, else on PATH, else where somebody else knows of one.
 *
 * @param elsewhere asked last. Default: nobody is
 * @returns `undefined` where there is none
 * @throws EnvironmentError where the variable names nothing that can be run
 */
export async function findTool(
    tool: FoundTool,
    elsewhere: () => Promise<string | undefined> = () => Promise.resolve(undefined),
): Promise<string | undefined> {
    const { variable } = TOOLS[tool];
    const said = process.env[variable];
    if (said !== undefined && said !== "") {
        if (!(await isExecutable(said))) {
            throw new EnvironmentError(
                `${variable} is ${said}, which is no file that can be run; the path of ${tool} is needed.`,
            );
        }
        return said;
    }
    return (await onPath(tool)) ?? elsewhere();
}

async function onPath(command: string): Promise<string | undefined> {
    for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
        const path = join(directory, command);
        if (directory !== "" && (await isExecutable(path))) {
            return path;
        }
    }
    return undefined;
}
