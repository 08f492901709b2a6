import assert from "node:assert/strict";
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const CHECKOUT = join(import.meta.dirname, "../..");

/** What a program is made of. Tests, commands and the local cluster have no say in it. */
const PROGRAM: readonly string[] = [
    "index.ts",
    "errors.ts",
    "files.ts",
    "wait.ts",
    "package.json",
    "tsconfig.json",
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "Pulumi.prod.yaml",
    "services",
    "model",
    "stack",
    "components",
    "network",
    "policy/config",
    "policy/rules",
];

/** The program, and all that `mesh` is made of. */
export const WHOLE: readonly string[] = [
    ...PROGRAM.filter((path) => !path.startsWith("policy/")),
    "bin",
    "checks",
    "cli",
    "live",
    "local",
    "package-lock.json",
    "policy",
    "prove",
    "review",
    "tsconfig.program.json",
];

/** A copy of the program that a change can be made to. */
export class Tree {
    readonly directory: string;

    private constructor(directory: string) {
        this.directory = directory;
    }

    /** The checkout's program, or more of it, in a folder that is not there yet. */
    static async at(directory: string, parts = PROGRAM): Promise<Tree> {
        await mkdir(join(directory, "policy"), { recursive: true });
        await Promise.all(
            parts.map((path) =>
                cp(join(CHECKOUT, path), join(directory, path), { recursive: true }),
            ),
        );
        await symlink(join(CHECKOUT, "node_modules"), join(directory, "node_modules"));
        return new Tree(directory);
    }

    /** Replaces each occurrence of a text, of which there must be one. */
    async replace(file: string, from: string, to: string): Promise<void> {
        const path = join(this.directory, file);
        const text = await readFile(path, "utf8");
        assert.ok(text.includes(from), `${file} holds no ${from}`);
        await writeFile(path, text.replaceAll(from, to));
    }

    async append(file: string, text: string): Promise<void> {
        const path = join(this.directory, file);
        await writeFile(path, (await readFile(path, "utf8")) + text);
    }

    async write(file: string, text: string): Promise<void> {
        const path = join(this.directory, file);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
    }

    async move(from: string, to: string): Promise<void> {
        await mkdir(dirname(join(this.directory, to)), { recursive: true });
        await rename(join(this.directory, from), join(this.directory, to));
    }

    remove(file: string): Promise<void> {
        return rm(join(this.directory, file));
    }
}

/** A kind of change that people make, and the stack in which it is looked at. */
export interface Variant {
    /** Name of its golden files. */
    readonly name: string;
    readonly stack: "dev" | "prod";
    readonly change: (tree: Tree) => Promise<void>;
}

const PAYMENT = "services/payment.ts";
const ORDER = "services/order.ts";
const INVENTORY = "services/inventory.ts";
const POLICY_CONFIG = "policy/config/prod.json";

const REFUND = `import { defineService } from "#model/catalog.ts";

export const refund = defineService({
    name: "refund-service",
    port: 3007,
    image: "ghcr.io/a4co/refund-service:1.0.0",
    routes: [{ prefix: "/refunds", timeout: "5s" }],
    callers: { "order-service": [{ methods: ["POST"], paths: ["/refunds"] }] },
    honoursProbeHeader: true,
    connectionPool: { maxConnections: 50, http1MaxPendingRequests: 20, http2MaxRequests: 50 },
    outlierDetection: {
        consecutive5xxErrors: 5,
        interval: "30s",
        baseEjectionTime: "30s",
        maxEjectionPercent: 50,
    },
});
`;

/** Every kind of change of which the report is a golden file. */
export const VARIANTS: readonly Variant[] = [
    {
        name: "a-caller-may-do-more",
        stack: "prod",
        change: (tree) =>
            tree.replace(
                PAYMENT,
                `{ methods: ["POST"], paths: ["/payments/process"] }`,
                `{ methods: ["POST", "DELETE"], paths: ["/payments/*"] }`,
            ),
    },
    {
        name: "looks-weaker-and-is-not",
        stack: "prod",
        change: (tree) =>
            tree.replace(
                ORDER,
                `[{ methods: ["GET", "POST"], paths: ["/orders", "/orders/*"] }]`,
                `[
            { methods: ["GET", "POST"], paths: ["/orders", "/orders/*"] },
            { methods: ["POST"], paths: ["/orders/mine", "/orders/mine/*"] },
        ]`,
            ),
    },
    {
        name: "an-object-is-removed",
        stack: "prod",
        change: async (tree) => {
            for (const [scope, namespace] of [
                ["mesh", "namespace: controlPlaneNamespace"],
                ["namespace", "namespace"],
            ] as const) {
                await tree.replace(
                    "components/baseline.ts",
                    `        new IstioResource(
            \`\${name}-${scope}-strict\`,
            {
                kind: "PeerAuthentication",
                name: BASELINE_NAMES.peerAuthentication,
                ${namespace},
                spec: STRICT_MTLS,
            },
            child,
        );
`,
                    "",
                );
            }
        },
    },
    {
        name: "a-removed-object-that-nobody-needs",
        stack: "prod",
        change: (tree) => tree.replace(PAYMENT, "    portLevelMtls: true,\n", ""),
    },
    {
        name: "everybody-is-let-in",
        stack: "prod",
        change: (tree) =>
            tree.replace("components/baseline.ts", "spec: {} }", "spec: { rules: [{}] } }"),
    },
    {
        name: "a-service-is-renamed",
        stack: "prod",
        change: async (tree) => {
            await tree.replace(PAYMENT, "payment-service", "billing-service");
            await tree.replace(INVENTORY, "payment-service", "billing-service");
        },
    },
    {
        name: "a-new-service",
        stack: "prod",
        change: async (tree) => {
            await tree.write("services/refund.ts", REFUND);
            await tree.replace(
                "services/catalog.ts",
                `import { payment } from "./payment.ts";`,
                `import { payment } from "./payment.ts";\nimport { refund } from "./refund.ts";`,
            );
            await tree.replace(
                "services/catalog.ts",
                "[order, payment, inventory]",
                "[order, payment, inventory, refund]",
            );
        },
    },
    {
        name: "a-chart-bump",
        stack: "prod",
        change: (tree) =>
            tree.replace("stack/chart-versions.ts", `version: "29.27.0"`, `version: "29.28.0"`),
    },
    {
        name: "istio-downgraded",
        stack: "prod",
        change: (tree) => tree.append("Pulumi.prod.yaml", "    mesh:istioVersion: 1.30.2\n"),
    },
    {
        name: "a-moved-file",
        stack: "prod",
        change: async (tree) => {
            await tree.move(PAYMENT, "services/money/payment.ts");
            await tree.replace("services/catalog.ts", "./payment.ts", "./money/payment.ts");
        },
    },
    {
        name: "timeouts-and-retries",
        stack: "prod",
        change: async (tree) => {
            await tree.replace(INVENTORY, `timeout: "5s"`, `timeout: "20s"`);
            await tree.replace(INVENTORY, "attempts: 3", "attempts: 6");
        },
    },
    {
        name: "breakers-let-more-through",
        stack: "prod",
        change: async (tree) => {
            await tree.replace(PAYMENT, "maxConnections: 50", "maxConnections: 500");
            await tree.replace(PAYMENT, "consecutive5xxErrors: 3", "consecutive5xxErrors: 30");
        },
    },
    {
        name: "a-canary-begins",
        stack: "prod",
        change: (tree) =>
            tree.append(
                "Pulumi.prod.yaml",
                "    mesh:canaries:\n        order-service: { image: ghcr.io/a4co/order-service:1.1.0, weight: 10 }\n",
            ),
    },
    {
        name: "a-way-outside",
        stack: "dev",
        change: (tree) =>
            tree.replace(
                "Pulumi.dev.yaml",
                "mesh:samplingPercent: 100",
                "mesh:samplingPercent: 50",
            ),
    },
    {
        name: "a-service-at-the-edge",
        stack: "prod",
        change: (tree) =>
            tree.replace(
                INVENTORY,
                "    callers: {",
                `    callers: {\n        "ingress-gateway": [{ methods: ["GET"], paths: ["/inventory/*"] }],`,
            ),
    },
    {
        name: "more-faults",
        stack: "dev",
        change: (tree) => tree.replace("Pulumi.dev.yaml", "percent: 0.1 }", "percent: 1 }"),
    },
    {
        name: "the-pack-asks-for-less",
        stack: "prod",
        change: async (tree) => {
            await tree.write(
                POLICY_CONFIG,
                `{ "istio-pack-configure-settings": { "production": false }, "istio-peer-authentication-enforce-strict": "advisory" }\n`,
            );
            await tree.remove("policy/rules/gateway/enforce-https.ts");
        },
    },
    {
        name: "a-caller-is-taken-away",
        stack: "prod",
        change: (tree) =>
            tree.replace(
                INVENTORY,
                `methods: ["POST", "PUT"], paths: ["/inventory/reserve", "/inventory/release"]`,
                `methods: ["POST"], paths: ["/inventory/reserve"]`,
            ),
    },
    {
        name: "plaintext-is-accepted",
        stack: "prod",
        change: (tree) => tree.replace("model/baseline.ts", `mode: "STRICT"`, `mode: "PERMISSIVE"`),
    },
    {
        name: "a-policy-object-is-renamed",
        stack: "prod",
        change: (tree) =>
            tree.replace("model/authorization.ts", "`allow-${caller", "`permit-${caller"),
    },
    {
        name: "pods-may-do-more",
        stack: "prod",
        change: (tree) =>
            tree.replace(
                "components/workload.ts",
                "readOnlyRootFilesystem: true",
                "readOnlyRootFilesystem: false",
            ),
    },
    {
        name: "the-guard-is-switched-off",
        stack: "prod",
        change: (tree) =>
            tree.replace(
                "Pulumi.prod.yaml",
                "mesh:guard: { breakGlassGroup: a4co:mesh-break-glass }",
                "mesh:guard: { enabled: false }",
            ),
    },
    {
        name: "a-configuration-that-does-not-hold",
        stack: "prod",
        change: (tree) =>
            tree.replace("Pulumi.prod.yaml", "mesh:samplingPercent: 1", "mesh:samplingPercent: 0"),
    },
];
