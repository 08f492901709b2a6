// The table of docs/architecture.md: which room may import which. A rule that has to change is changed there as well.

/** Rooms that a room may import, beside itself. */
const MAY_IMPORT = {
    services: ["model"],
    model: [],
    stack: ["model", "services", "errors", "files", "wait"],
    components: ["model", "stack", "network", "wait"],
    network: ["errors"],
    live: ["model", "stack", "network", "errors", "files", "wait"],
    checks: [
        "model",
        "stack",
        "components",
        "network",
        "live",
        "policy",
        "errors",
        "files",
        "wait",
    ],
    review: ["model", "stack", "policy", "errors", "files"],
    prove: ["model", "stack", "live", "checks", "local", "errors", "files", "wait"],
    cli: [
        "model",
        "services",
        "stack",
        "components",
        "network",
        "live",
        "checks",
        "review",
        "prove",
        "policy",
        "local",
        "errors",
        "files",
        "wait",
    ],
    policy: [],
    local: ["model", "stack", "network", "live", "errors", "files", "wait"],
    demo: [],
};
const FILES = { errors: "^errors\\.ts$", files: "^files\\.ts$", wait: "^wait\\.ts$" };
const ROOMS = Object.keys(MAY_IMPORT);

/** Matches everything of a room. */
function of(room) {
    return FILES[room] ?? `^${room}/`;
}

/** Everything of the house that a file may be in. */
const HOUSE = ["index.ts", "tests", "bench", ...ROOMS, ...Object.keys(FILES)];

module.exports = {
    forbidden: [
        ...Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
            name: `rooms-of-${room}`,
            severity: "error",
            from: { path: of(room) },
            to: {
                path: HOUSE.map((name) => (name === "index.ts" ? "^index\\.ts$" : of(name))),
                pathNot: [room, ...allowed].map(of),
            },
        })),
        {
            name: "rooms-of-the-program",
            severity: "error",
            from: { path: "^index\\.ts$" },
            to: {
                path: HOUSE.map(of),
                pathNot: ["components", "stack", "model", "services"].map(of),
            },
        },
        {
            name: "commands-side-by-side",
            severity: "error",
            from: { path: "^cli/([^/]+)/" },
            to: { path: "^cli/[^/]+/", pathNot: "^cli/$1/" },
        },
        {
            name: "model-is-pure",
            severity: "error",
            from: { path: of("model") },
            to: {
                dependencyTypes: ["npm", "npm-dev", "core"],
                dependencyTypesNot: ["type-only"],
                // What a declaration may say is a schema, from which its types come.
                pathNot: "node_modules/zod/",
            },
        },
        {
            name: "policy-travels-alone",
            severity: "error",
            from: { path: of("policy") },
            to: {
                path: "node_modules",
                pathNot: "node_modules/(@pulumi/(policy|pulumi)|re2js|tsx|yaml)/",
            },
        },
        {
            name: "no-circle",
            severity: "error",
            from: {},
            to: { circular: true },
        },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "^(policy/)?node_modules/.*/node_modules/" },
        tsPreCompilationDeps: true,
        tsConfig: { fileName: "tsconfig.json" },
        enhancedResolveOptions: {
            exportsFields: ["exports"],
            conditionNames: ["import", "types", "node"],
        },
    },
};
