import { execa } from "execa";
import { Tree, WHOLE } from "#tests/review/variants.ts";

/** Services of the checkout's own catalogue, which stay. */
const OWN = ["order", "payment", "inventory"] as const;

/** Who calls the service of a number: up to three before it, so that chains of calls branch and grow with the logarithm. */
function callersOf(index: number): readonly string[] {
    const numbers = new Set([2, 3, 5].map((part) => Math.floor(index / part)));
    return index === 0 ? ["order-service"] : Array.from(numbers, (number) => `large-${number}`);
}

function declarationOf(index: number, timeoutSeconds: number): string {
    const callers = callersOf(index).map(
        (caller) => `        "${caller}": [{ methods: ["GET"], paths: ["/large-${index}/*"] }],\n`,
    );
    return `import { defineService } from "#model/catalog.ts";

export const large${index} = defineService({
    name: "large-${index}",
    port: ${4000 + index},
    image: "ghcr.io/a4co/large:1.0.0",
    routes: [{ prefix: "/large-${index}", timeout: "${timeoutSeconds}s" }],
    callers: {
${callers.join("")}    },
    connectionPool: { maxConnections: 50, http1MaxPendingRequests: 20, http2MaxRequests: 50 },
    outlierDetection: {
        consecutive5xxErrors: 3,
        interval: "20s",
        baseEjectionTime: "60s",
        maxEjectionPercent: 50,
    },
});
`;
}

function catalogOf(count: number): string {
    const services = Array.from({ length: count }, (_, index) => `large${index}`);
    const imports = services.map((name, index) => `import { ${name} } from "./large-${index}.ts";`);
    return `import { defineCatalog } from "#model/catalog.ts";
${[...OWN, "nats"].map((name) => `import { ${name} } from "./${name}.ts";`).join("\n")}
${imports.join("\n")}

/** Every microservice of the mesh, and the servers they need. */
export const catalog = defineCatalog({
    services: [${[...OWN, ...services].join(", ")}],
    backing: [nats],
});
`;
}

/**
 * Copies the checkout into a repository of its own, with a catalogue of so many services of which every tenth differs
 * from what is committed.
 */
export async function largeProgram(directory: string, services: number): Promise<Tree> {
    const tree = await Tree.at(directory, WHOLE);
    const added = services - OWN.length;
    const declare = (index: number, seconds: number): Promise<void> =>
        tree.write(`services/large-${index}.ts`, declarationOf(index, seconds));
    const numbers = Array.from({ length: added }, (_, index) => index);
    await Promise.all(numbers.map((index) => declare(index, 5)));
    await tree.write("services/catalog.ts", catalogOf(added));
    await tree.write(".gitignore", "node_modules\n");
    const git = (...args: readonly string[]) => execa("git", args, { cwd: directory });
    await git("init", "--quiet");
    await git("add", "--all");
    const identity = ["user.name=bench", "user.email=bench@a4co.example", "commit.gpgSign=false"];
    const options = identity.flatMap((setting) => ["-c", setting]);
    await git(...options, "commit", "--quiet", "--message", "Base");
    const changed = numbers.filter((index) => index % 10 === 0);
    await Promise.all(changed.map((index) => declare(index, 4)));
    return tree;
}
