import { deepStrictEqual, match, strictEqual } from "node:assert";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "#cli/main.ts";

const CHECKOUT = new URL("../../..", import.meta.url).pathname;

/** What a command wrote, run in this process. */
async function ran(
    argv: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const toStdout = process.stdout.write.bind(process.stdout);
    const toStderr = process.stderr.write.bind(process.stderr);
    const written: [string, string] = ["", ""];
    const before = process.exitCode;
    const collecting = (index: 0 | 1) => (text: string | Uint8Array) => {
        written[index] += text.toString();
        return true;
    };
    process.stdout.write = collecting(0);
    process.stderr.write = collecting(1);
    try {
        const code = await main(argv, CHECKOUT);
        const [stdout, stderr] = written;
        return { code, stdout, stderr };
    } finally {
        Object.assign(process.stdout, { write: toStdout });
        Object.assign(process.stderr, { write: toStderr });
        process.exitCode = before;
    }
}

describe("a command that cannot do what it is asked for", () => {
    let folder: string;
    const variable = process.env["KUBECONFIG"];

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "a4co-mesh-refusals-"));
        const kubeconfig = join(folder, "kubeconfig");
        await writeFile(
            kubeconfig,
            JSON.stringify({
                clusters: [{ name: "a", cluster: { server: "https://me:hunter22@127.0.0.1:1" } }],
                users: [{ name: "a", user: {} }],
                contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
                "current-context": "a",
            }),
        );
        process.env["KUBECONFIG"] = kubeconfig;
        await writeFile(join(folder, "empty.json"), '{"version":3,"deployment":{"resources":[]}}');
        const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
        await writeFile(
            join(folder, "secret.json"),
            JSON.stringify({ version: 3, deployment: { ...secret, ciphertext: "AAAB" } }),
        );
        const gone = {
            urn: "urn:pulumi:a::b::kubernetes:core/v1:Namespace::c",
            type: "kubernetes:core/v1:Namespace",
            delete: true,
            inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "c" } },
        };
        await writeFile(
            join(folder, "gone.json"),
            JSON.stringify({ version: 3, deployment: { resources: [gone] } }),
        );
    });

    after(async () => {
        if (variable === undefined) {
            delete process.env["KUBECONFIG"];
        } else {
            process.env["KUBECONFIG"] = variable;
        }
        await rm(folder, { recursive: true });
    });

    const silent = /^The API server https:\/\/\S+ of context "a" cannot be asked: (?!.*hunter22).*/;
    for (const [argv, message] of [
        [["verify", "--stack", "dev"], silent],
        [["chaos", "list", "--stack", "dev"], silent],
        [["canary", "status", "--stack", "nowhere"], /^There is no \S+Pulumi\.nowhere\.yaml\.$/],
        [["check", "--stack", "nowhere"], /^There is no stack nowhere in this checkout/],
        [["policy", "--state", "/dev/zero"], /^\/dev\/zero cannot be read: it is a device\.$/],
        [["policy", "--bogus"], /^error: unknown option '--bogus'/],
        [["bogus"], /^error: unknown command 'bogus'/],
    ] as const) {
        it(`writes a document with --json: ${argv.join(" ")}`, async () => {
            const { code, stdout, stderr } = await ran([...argv, "--json"]);
            strictEqual(code, 2);
            const document = JSON.parse(stdout) as {
                readonly error: { readonly message: string };
            };
            match(document.error.message, message);
            deepStrictEqual(document, {
                holds: false,
                error: { message: document.error.message, exitCode: 2 },
            });
            match(stderr.trimEnd(), message);
        });
    }

    it("writes the graph's document to stdout or to its file", async () => {
        const graph = ["graph", "--stack", "dev", "--format", "json"];
        match((await ran(graph)).stdout, /^\{\n {2}"holds": false,/);
        const file = join(folder, "graph.json");
        strictEqual((await ran([...graph, "--output", file])).stdout, "");
        match(await readFile(file, "utf8"), /"holds": false/);
    });

    it("writes a case of JUnit's with the error", async () => {
        const file = join(folder, "junit.xml");
        for (const wrong of [[], ["--only", "bogus"]]) {
            const argv = ["verify", "--stack", "dev", "--junit", file, ...wrong];
            const { code, stdout } = await ran(argv);
            deepStrictEqual([code, stdout], [2, ""]);
            const xml = await readFile(file, "utf8");
            match(xml, /<testsuites name="mesh verify" tests="1" failures="0" errors="1"/);
            match(xml, /<testcase classname="mesh\.verify\.run" name="the checks are run"/);
            match(xml, /<error message="/);
        }
    });

    for (const [file, message] of [
        ["secret.json", /^\S+secret\.json is encrypted as a whole; use pulumi stack export --show/],
        ["empty.json", /^Nothing of Kubernetes is in state \S+, so there is nothing to judge\.\n$/],
        [
            "gone.json",
            /^Nothing of Kubernetes is in state \S+ but what is about to be deleted, so there/,
        ],
    ] as const) {
        it(`does not take an export for a pass that has nothing in it: ${file}`, async () => {
            const { code, stderr } = await ran(["policy", "--state", join(folder, file)]);
            strictEqual(code, 2);
            match(stderr, message);
        });
    }

    for (const [argv, message] of [
        [["load", "--list", "--prove"], /'--list' cannot be used with option '--prove'/],
        [["load", "--list", "--service", "a"], /'--list' cannot be used with option '--service/],
        [["load", "--explain", "--report", "a"], /'--explain' cannot be used with option '--rep/],
        [["load", "--list", "--explain"], /'--list' cannot be used with option '--explain'/],
        [["load", "--list", "pool-overflow"], /^--list makes no run; no scenario has a place/],
        [["load", "--explain", "pool-overflow"], /^--explain makes no run; no scenario/],
        [["check", "--manifests", ".", "--no-pull"], /cannot be used with option '--no-pull'/],
        [["check", "--json", "--timings"], /'--timings' cannot be used with option '--json'/],
        [["render", "--without-charts", "--no-pull"], /cannot be used with option '--no-pull'/],
        [["policy", "--state", "a", "--stack", "b"], /cannot be used with option '--stack/],
        [["canary", "status", "--context", "a"], /^--context is for other stacks; stack local is/],
        [["preview", "--context", "a"], /^--context is for other stacks; stack local is/],
        [["verify", "--list", "--wait", "5"], /^--list asks no cluster; --wait has no place/],
        [
            ["verify", "--prove", "--metrics-address", "127.0.0.1:0"],
            /^--prove runs every check of its own accord; --metrics-address has no place/,
        ],
    ] as const) {
        it(`refuses what has no effect: ${argv.join(" ")}`, async () => {
            const { code, stdout, stderr } = await ran(argv);
            strictEqual(code, 2);
            match(stderr, message);
            strictEqual(stdout.startsWith("{") || stdout === "", true);
        });
    }
});
