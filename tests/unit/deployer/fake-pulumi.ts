import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a `bin/pulumi` below `root` that answers what a deployment asks of the CLI, writes a salt into the stack's
 * file as the real one does, and logs its arguments, folder and environment to `log`. Anything else it refuses.
 */
export async function installFakePulumi(root: string, log: string): Promise<void> {
    const script = `const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
const line = args.join(" ");
const { PULUMI_BACKEND_URL: backend = "", PULUMI_CONFIG_PASSPHRASE_FILE: file, PULUMI_CONFIG_PASSPHRASE: phrase, KUBECONFIG: kubeconfig } = process.env;
appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args, cwd: process.cwd(), backend, file, phrase, kubeconfig }) + "\\n");
const stacks = backend.replace("file://", "") + "/.pulumi/stacks/mesh";
const stack = "dev";
if (line === "version") console.log("v3.200.0");
else if (line.startsWith("stack select")) {
    if (!existsSync(stacks + "/dev.json")) { console.error("error: no stack named 'dev' found"); process.exit(255); }
} else if (line.startsWith("stack init")) {
    mkdirSync(stacks, { recursive: true });
    writeFileSync(stacks + "/dev.json", "{}");
    appendFileSync("Pulumi.dev.yaml", "encryptionsalt: v1:made-by-the-cli\\n");
} else if (line.startsWith("up ")) {
    const events = args[args.indexOf("--event-log") + 1];
    const urn = "urn:pulumi:dev::mesh::kubernetes:core/v1:ConfigMap::cm";
    const type = "kubernetes:core/v1:ConfigMap";
    const state = { type, urn, custom: true, id: "x", parent: "" };
    const all = [
        { resOutputsEvent: { metadata: { op: "create", urn, type, new: state, provider: "" } } },
        { summaryEvent: { durationSeconds: 1, resourceChanges: {}, maybeCorrupt: false } },
        { cancelEvent: {} },
    ];
    appendFileSync(events, all.map((one) => JSON.stringify(one) + "\\n").join(""));
} else if (line.startsWith("preview ")) {
    const events = args[args.indexOf("--event-log") + 1];
    const type = "kubernetes:apps/v1:Deployment";
    const urn = "urn:pulumi:dev::mesh::" + type + "::canary";
    const state = { type, urn, custom: true, id: "x", parent: "" };
    const all = [
        { resourcePreEvent: { metadata: { op: "create", urn, type, new: state, provider: "" } } },
        { summaryEvent: { durationSeconds: 1, resourceChanges: {}, maybeCorrupt: false } },
        { cancelEvent: {} },
    ];
    appendFileSync(events, all.map((one) => JSON.stringify(one) + "\\n").join(""));
} else if (line.startsWith("stack output --json --show-secrets")) console.log('{"host":"a4co.local","password":"hunter2"}');
else if (line.startsWith("stack output")) console.log('{"host":"a4co.local","password":"[secret]"}');
else if (line.startsWith("stack history")) console.log("[]");
else if (line.startsWith("config set")) {}
else { console.error("error: unexpected " + line); process.exit(1); }
`;
    await mkdir(join(root, "bin"), { recursive: true });
    await writeFile(join(root, "bin", "pulumi.cjs"), script);
    // The tests' own loader must not reach into the fake, which runs in a folder without node_modules.
    const start = `#!/bin/sh\nunset NODE_OPTIONS\nexec node "${join(root, "bin", "pulumi.cjs")}" "$@"\n`;
    await writeFile(join(root, "bin", "pulumi"), start);
    await chmod(join(root, "bin", "pulumi"), 0o755);
}
