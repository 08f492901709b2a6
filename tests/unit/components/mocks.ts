import { ok } from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

interface RecordedResource {
    readonly name: string;
    readonly type: string;
    readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Recorded {
    names(): readonly string[];
    inputs(name: string): Readonly<Record<string, unknown>>;
    ofType(type: string): readonly RecordedResource[];
    urn(name: string): string;
    /** Waits for everything below a resource to be registered. */
    /** Waits for everything to be registered. Rejects with the first failure. */
    settle(): Promise<void>;
}

interface Options {
    readonly preview?: boolean;
    /** As a real preview leaves what a Release has not reported yet. */
    readonly unknownStatus?: boolean;
}

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Records what a program registers, in the order of registration. A call to a provider function throws. */
export async function recordResources(options: Options = {}): Promise<Recorded> {
    const resources: RecordedResource[] = [];
    await pulumi.runtime.setMocks(
        {
            newResource: ({ name, type, inputs }) => {
                resources.push({ name, type, inputs: inputs as Record<string, unknown> });
                return {
                    id: `${name}-id`,
                    state: { ...(inputs as object), ...outputs(type, options) },
                };
            },
            call: ({ token }) => {
                throw new Error(`unexpected call of ${token}`);
            },
        },
        "a4co-mesh",
        "test",
        options.preview ?? false,
    );
    const monitor: unknown = pulumi.runtime.getMonitor();
    ok(monitor instanceof MockMonitor);
    const find = (name: string): RecordedResource => {
        const found = resources.find((resource) => resource.name === name);
        ok(found !== undefined, `${name} was not registered`);
        return found;
    };
    return {
        names: () => resources.map(({ name }) => name),
        inputs: (name) => find(name).inputs,
        ofType: (type) => resources.filter((resource) => resource.type === type),
        urn: (name) => {
            const urn = [...monitor.getRegisteredResources().keys()].find((key) =>
                key.endsWith(`::${name}`),
            );
            ok(urn !== undefined, `${name} was not registered`);
            return urn;
        },
        settle: () => pulumi.runtime.disconnect(),
    };
}

function outputs(type: string, options: Options): object {
    if (type.startsWith("random:")) {
        return { result: "generated-password" };
    }
    if (type.endsWith(":Release")) {
        return { status: options.unknownStatus === true ? UNKNOWN : { status: "deployed" } };
    }
    return {};
}
