// Pulumi's provider of passwords where its own cannot be had: Go's module proxy serves the engine and not @pulumi/random's
// plugin. The engine starts it; the SDK has it treat the result as a secret.
import { randomInt } from "node:crypto";
import { createRequire } from "node:module";
import type { Provider } from "@pulumi/pulumi/provider/index.js";
import { main } from "@pulumi/pulumi/provider/index.js";
import { z } from "zod";

const { version } = createRequire(import.meta.url)("@pulumi/random/package.json") as {
    readonly version: string;
};

/** What a password is made of here; the plugin itself knows more. */
const passwordInputs = z.strictObject({ length: z.number(), special: z.boolean().default(true) });

const PASSWORD = "random:index/randomPassword:RandomPassword::";
const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

const provider: Provider = {
    version,
    check: (_urn, _olds, news: unknown) => {
        const { data, error } = passwordInputs.safeParse(news);
        const failures = error?.issues.map(({ path, message }) => ({
            property: path.join("."),
            reason: message,
        }));
        return Promise.resolve({ inputs: data ?? news, ...(failures && { failures }) });
    },
    diff: (_id, _urn, olds: unknown, news: unknown) => {
        const before = passwordInputs.strip().parse(olds);
        const after = passwordInputs.parse(news);
        const replaces = (["length", "special"] as const).filter(
            (key) => before[key] !== after[key],
        );
        return Promise.resolve({ changes: replaces.length > 0, replaces });
    },
    create: (urn, inputs: unknown) => {
        if (!urn.includes(PASSWORD)) {
            throw new Error(`${urn}: only passwords are made here`);
        }
        const { length, special } = passwordInputs.parse(inputs);
        const characters = special ? PLAIN + SPECIAL : PLAIN;
        const result = Array.from({ length }, () =>
            characters.charAt(randomInt(characters.length)),
        );
        return Promise.resolve({
            id: "none",
            outs: { length, special, result: result.join(""), bcryptHash: "" },
        });
    },
};

await main(provider, process.argv.slice(2));
