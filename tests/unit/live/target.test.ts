import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { assertAnswers, findAccess } from "#live/target.ts";
import type { Places } from "#live/target.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";

/** A kubeconfig with one context, which is the current one. */
function kubeconfig(name: string, server: string, authority: string): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": name,
        contexts: [{ name, context: { cluster: name, user: name } }],
        clusters: [
            {
                name,
                cluster: {
                    server,
                    "certificate-authority-data": Buffer.from(authority).toString("base64"),
                },
            },
        ],
        users: [{ name, user: {} }],
    });
}

describe("the target of mesh verify", () => {
    let folder = "";
    let places: Places;
    const file = (name: string): string => join(folder, name);

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "a4co-mesh-target-"));
        await writeFile(
            file("local"),
            kubeconfig("a4co-mesh", "https://127.0.0.1:16443", "local CA"),
        );
        await writeFile(file("copy"), kubeconfig("mine", "https://127.0.0.1:16443", "local CA"));
        await writeFile(file("former"), kubeconfig("former", "https://127.0.0.1:16443", "old CA"));
        await writeFile(file("other"), kubeconfig("other", "https://other:6443", "other CA"));
        await writeFile(file("bad"), "{");
        places = { variable: undefined, home: file("none"), local: file("local"), inPod: false };
    });

    after(() => rm(folder, { recursive: true }));

    const found = async (given: Partial<Places>, context?: string): Promise<object> => {
        const access = await findAccess({ ...places, ...given }, context);
        return { context: access.context, local: access.local, fallback: access.fallback };
    };

    it("is a pod's own cluster where there is no kubeconfig, as for kubectl", async () => {
        const inPod = { context: "inClusterContext", local: false, fallback: false };
        deepStrictEqual(await found({ inPod: true }), inPod);
        deepStrictEqual(await found({ inPod: true, local: undefined }), inPod);
        deepStrictEqual(await found({ inPod: true, variable: file("copy") }), {
            context: "mine",
            local: true,
            fallback: false,
        });
    });

    it("is the local cluster where there is no kubeconfig", async () => {
        deepStrictEqual(await found({}), { context: "a4co-mesh", local: true, fallback: true });
        deepStrictEqual(await found({ variable: "" }), {
            context: "a4co-mesh",
            local: true,
            fallback: true,
        });
    });

    it("is what the variable names, before what is in the home", async () => {
        const home = file("other");
        deepStrictEqual(await found({ home }), { context: "other", local: false, fallback: false });
        deepStrictEqual(await found({ home, variable: file("copy") }), {
            context: "mine",
            local: true,
            fallback: false,
        });
    });

    it("is another context of several files where that is asked", async () => {
        const variable = [file("other"), file("none"), file("copy")].join(delimiter);
        deepStrictEqual(await found({ variable }), {
            context: "other",
            local: false,
            fallback: false,
        });
        deepStrictEqual(await found({ variable }, "mine"), {
            context: "mine",
            local: true,
            fallback: false,
        });
    });

    it("is not the local cluster by its address alone", async () => {
        deepStrictEqual(await found({ variable: file("former") }), {
            context: "former",
            local: false,
            fallback: false,
        });
    });

    it("is the user's to mend", async () => {
        const refusal = (message: RegExp): object => ({ name: "EnvironmentError", message });
        await rejects(found({ local: undefined }), refusal(/^There is no kubeconfig: .*"mesh up"/));
        await rejects(
            found({ variable: file("none") }),
            refusal(/^KUBECONFIG names .*none, which/),
        );
        await rejects(
            found({ variable: file("bad") }),
            refusal(/^\S+bad:1 is not YAML \(\w+\)\.$/),
        );
        for (const [name, text, message] of [
            ["empty", "", /^The kubeconfig \S+empty has no current context; .* \(it has none\)\.$/],
            ["list", "- a\n", /^Kubeconfig \S+list: clusters, contexts and users are needed\.$/],
            ["secret", "users: [{ token: hunter2 ]", /^\S+secret:1 is not YAML \(\w+\)\.$/],
            ["cycle", "users: &a [*a]", /^\S+cycle grows without end/],
            ["users", "users: [hunter2]", /^Kubeconfig \S+users: (?!.*hunter2).*$/],
            ["nul", "users: \0", /^\S+nul cannot be read: it holds a NUL character/],
        ] as const) {
            await writeFile(file(name), text);
            await rejects(found({ variable: file(name) }), refusal(message));
        }
        await rejects(
            found({ variable: [file("other"), file("other")].join(delimiter) }),
            refusal(/^Kubeconfig .*other: Duplicate cluster: other$/),
        );
        await rejects(
            found({ variable: file("other") }, "nope"),
            refusal(/^The kubeconfig \S+other has no context "nope"; there are other\.$/),
        );
    });

    it("must answer", async () => {
        const kubeConfig = new KubeConfig();
        kubeConfig.loadFromString(kubeconfig("gone", "https://127.0.0.1:9", ""));
        await rejects(
            assertAnswers({
                kubeConfig,
                context: "gone",
                server: "https://127.0.0.1:9",
                local: false,
                fallback: false,
            }),
            {
                name: "EnvironmentError",
                message:
                    /^The API server https:\/\/127\.0\.0\.1:9 of context "gone" cannot be asked: .*ECONNREFUSED/,
            },
        );
    });

    it("is judged by the stack that belongs there, or the one that is named", async () => {
        const local = await declaredMesh({}, true);
        const other = await declaredMesh({ namespace: "shop" }, false);
        const named = await declaredMesh({ stack: "dev" }, true);
        deepStrictEqual([local.stack, other.stack, named.stack], ["local", "prod", "dev"]);
        strictEqual(other.mesh.context.namespace, "shop");
        strictEqual(named.mesh.config.environment, "dev");
    });
});
