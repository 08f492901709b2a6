import * as pulumi from "@pulumi/pulumi";

/** The running program's configuration without the keys that tell a test's own parts what to do. */
export function meshKeys(): Readonly<Record<string, string>> {
    return Object.fromEntries(
        Object.entries(pulumi.runtime.allConfig()).filter(([key]) => !key.startsWith("test:")),
    );
}
