// Stands in for @pulumi/random's provider, which no package registry serves: passwords, and nothing else of it.
import { randomBytes } from "node:crypto";
import type { CheckResult, CreateResult, Provider } from "@pulumi/pulumi/provider/index.js";
import { main } from "@pulumi/pulumi/provider/index.js";

interface PasswordInputs {
    readonly length: number;
}

const provider: Provider = {
    version: "4.21.2",
    check: (_urn, _olds, news: PasswordInputs): Promise<CheckResult> =>
        Promise.resolve({ inputs: news }),
    diff: () => Promise.resolve({ changes: false }),
    create: (urn, inputs: PasswordInputs): Promise<CreateResult> => {
        if (!urn.includes("random:index/randomPassword:RandomPassword::")) {
            throw new Error(`${urn}: only passwords are made here`);
        }
        const result = randomBytes(inputs.length).toString("hex").slice(0, inputs.length);
        return Promise.resolve({ id: "none", outs: { ...inputs, result, bcryptHash: "" } });
    },
};

await main(provider, process.argv.slice(2));
