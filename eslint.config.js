import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/", "policy/node_modules/"] },
    js.configs.recommended,
    {
        plugins: { regexp },
        rules: {
            // Whoever writes a long name must not hold up whoever reads it.
            "regexp/no-super-linear-backtracking": ["error", { report: "potential" }],
            "regexp/no-super-linear-move": ["error", { report: "potential" }],
        },
    },
    {
        files: ["**/*.ts"],
        extends: [tseslint.configs.strictTypeChecked],
        plugins: { "@pulumi": pulumi },
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            "@pulumi/no-output-in-template-literal": "error",
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/consistent-type-imports": "error",
            curly: ["error", "all"],
            // The Kubernetes client takes plain objects where it names classes.
            "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
            "@typescript-eslint/no-floating-promises": [
                "error",
                {
                    allowForKnownSafeCalls: [
                        { from: "package", package: "mocha", name: ["describe", "it"] },
                    ],
                },
            ],
        },
    },
    {
        // Whoever asks over the network asks through network/, where every request ends.
        files: ["{checks,cli,components,live,local,prove,review,stack}/**/*.ts", "index.ts"],
        rules: {
            "no-restricted-globals": ["error", "fetch", "WebSocket", "EventSource"],
            "@typescript-eslint/no-restricted-imports": [
                "error",
                {
                    paths: [
                        ...["node:http", "node:https"].map((name) => ({
                            name,
                            importNames: ["request", "get", "default"],
                            allowTypeImports: true,
                        })),
                        { name: "node:http2", allowTypeImports: true },
                        {
                            name: "@kubernetes/client-node",
                            importNames: ["KubeConfig", "Watch", "Log", "Attach", "Cp", "Metrics"],
                            allowTypeImports: true,
                        },
                    ],
                },
            ],
        },
    },
    {
        files: ["**/*.cjs"],
        languageOptions: {
            sourceType: "commonjs",
            globals: { process: "readonly", require: "readonly" },
        },
    },
    {
        files: ["**/*.js"],
        languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
    },
    {
        files: ["cli/load/k6/*.js"],
        languageOptions: { globals: { __ENV: "readonly" } },
    },
    {
        files: ["cli/load/report/page.js"],
        languageOptions: {
            sourceType: "script",
            globals: { document: "readonly", devicePixelRatio: "readonly", uPlot: "readonly" },
        },
    },
);
