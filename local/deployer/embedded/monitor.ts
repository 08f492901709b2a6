import { runtime } from "@pulumi/pulumi";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

import { decodeInputs, encodeSecret } from "./decode.ts";
import type { Engine } from "./engine.ts";
import { describe, unsupported } from "./engine.ts";
import type { Json, JsonObject } from "./json.ts";
import { secretOutputsOf } from "./random.ts";
import type { ResourceRequest } from "./resource.ts";

const STACK_TYPE = "pulumi:pulumi:Stack";
const PROVIDER_PREFIX = "pulumi:providers:";
/** Inputs a provider may have; any other would make it mean another cluster or another way of applying. */
const PROVIDER_INPUTS = new Set([
    "namespace",
    "version",
    "enableServerSideApply",
    "enableConfigMapMutable",
    "enableSecretMutable",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
]);

type Callback<Answer> = (error: Error | null, answer: Answer | undefined) => void;

/** Reads an object that the program refers to but does not own; undefined where there is none. */
export type Reader = (request: {
    readonly type: string;
    readonly id: string;
    readonly inputs: JsonObject;
}) => Promise<JsonObject | undefined>;

/**
 * The SDK's mock monitor with an engine behind it: the SDK registers resources as it does with the CLI, awaiting
 * parents and dependencies first, and each custom resource is applied before its registration is answered.
 */
export class DeployMonitor extends MockMonitor {
    readonly #engine: Engine;
    readonly #read: Reader;
    /** Namespace of objects without one, by provider reference. */
    readonly #namespaces = new Map<string, string>();

    constructor(engine: Engine, read: Reader) {
        const refuse = (): never => {
            throw new Error("the mock's own path is not used");
        };
        super({ newResource: refuse, call: refuse });
        this.#engine = engine;
        this.#read = read;
    }

    override async registerResource(
        request: RegisterResourceRequest,
        callback: Callback<unknown>,
    ): Promise<void> {
        const [type, name] = [request.getType(), request.getName()];
        try {
            const urn = resourceUrn(request.getParent(), type, name);
            const answer = new resource.RegisterResourceResponse();
            answer.setUrn(urn);
            if (!request.getCustom()) {
                if (request.getRemote()) throw unsupported(`remote component ${type}`);
                answer.setObject(request.getObject());
            } else if (type.startsWith(PROVIDER_PREFIX)) {
                this.#registerProvider(urn, request);
                answer.setId("embedded");
                answer.setObject(request.getObject());
            } else {
                const { id, state } = await this.#apply(urn, request);
                answer.setId(id);
                answer.setObject(structs.Struct.fromJavaScript(state));
            }
            this.resources.set(urn, { urn, id: answer.getId(), state: {} });
            callback(null, answer);
        } catch (error) {
            this.#engine.fail(describe({ type, name }, error));
        }
    }

    override async readResource(
        request: {
            getType(): string;
            getName(): string;
            getId(): string;
            getParent(): string;
            getProperties(): Struct | undefined;
        },
        callback: Callback<unknown>,
    ): Promise<void> {
        const [type, name, id] = [request.getType(), request.getName(), request.getId()];
        try {
            const { values } = decodeInputs(request.getProperties()?.toJavaScript() ?? {});
            const state = await this.#read({ type, id, inputs: values });
            if (state === undefined) throw new Error(`there is no ${id} in the cluster`);
            const answer = new resource.ReadResourceResponse();
            const urn = resourceUrn(request.getParent(), type, name);
            answer.setUrn(urn);
            answer.setProperties(structs.Struct.fromJavaScript(state));
            this.resources.set(urn, { urn, id, state: {} });
            callback(null, answer);
        } catch (error) {
            this.#engine.fail(describe({ type, name }, error));
        }
    }

    /** Serves only what the SDK itself asks for; functions of providers need their plugins. */
    override async invoke(
        request: { getTok(): string; getArgs(): Struct | undefined },
        callback: Callback<unknown>,
    ): Promise<void> {
        const token = request.getTok();
        const urn = request.getArgs()?.toJavaScript()["urn"];
        const known = typeof urn === "string" ? this.resources.get(urn) : undefined;
        if (token === "pulumi:pulumi:getResource" && known !== undefined) {
            const answer = new provider.InvokeResponse();
            answer.setReturn(
                structs.Struct.fromJavaScript({ urn: known.urn, id: known.id, state: {} }),
            );
            callback(null, answer);
        } else {
            this.#engine.fail(unsupported(`function ${token}`).message);
        }
        return Promise.resolve();
    }

    async #apply(
        urn: string,
        request: RegisterResourceRequest,
    ): Promise<{ id: string; state: JsonObject }> {
        const type = request.getType();
        const { values, secretKeys } = decodeInputs(request.getObject()?.toJavaScript() ?? {});
        if (request.getImportid() !== "") throw unsupported("the option import");
        const timeouts = request.getCustomtimeouts();
        const create = milliseconds(timeouts?.getCreate());
        const update = milliseconds(timeouts?.getUpdate());
        const resourceRequest: ResourceRequest = {
            urn,
            type,
            name: request.getName(),
            inputs: values,
            dependencies: request.getDependenciesList(),
            ignoreChanges: request.getIgnorechangesList(),
            protect: request.getProtect() ?? false,
            retainOnDelete: request.getRetainondelete() ?? false,
            timeouts: {
                ...(create === undefined ? {} : { create }),
                ...(update === undefined ? {} : { update }),
            },
            defaultNamespace: this.#namespaces.get(request.getProvider()) ?? "default",
        };
        const { id, state } = await this.#engine.apply(resourceRequest);
        const secret = new Set([
            ...secretKeys,
            ...request.getAdditionalsecretoutputsList(),
            ...secretOutputsOf(type),
        ]);
        return { id, state: markSecrets(state, secret) };
    }

    #registerProvider(urn: string, request: RegisterResourceRequest): void {
        const { values } = decodeInputs(request.getObject()?.toJavaScript() ?? {});
        const refused = Object.keys(values).filter((key) => !PROVIDER_INPUTS.has(key));
        if (refused.length > 0) throw unsupported(`provider setting ${refused.join(", ")}`);
        if (typeof values["namespace"] === "string") {
            this.#namespaces.set(`${urn}::embedded`, values["namespace"]);
        }
    }
}

/** A URN as the engine makes it: the types of all parents but the stack, then the resource's own. */
export function resourceUrn(parent: string, type: string, name: string): string {
    const parentType = parent === "" ? STACK_TYPE : (parent.split("::")[2] ?? STACK_TYPE);
    const qualified = parentType === STACK_TYPE ? type : `${parentType}$${type}`;
    return `urn:pulumi:${runtime.getStack()}::${runtime.getProject()}::${qualified}::${name}`;
}

function markSecrets(state: JsonObject, secret: ReadonlySet<string>): JsonObject {
    const marked: Record<string, Json> = {};
    for (const [key, value] of Object.entries(state)) {
        marked[key] = secret.has(key) ? encodeSecret(value) : value;
    }
    return marked;
}

/** A Go duration such as `1h30m` in milliseconds. */
export function milliseconds(duration: string | undefined): number | undefined {
    if (duration === undefined || duration === "") return undefined;
    const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
    const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    if (parts.map(([whole]) => whole).join("") !== duration) {
        throw new Error(`customTimeouts: "${duration}" is not a duration such as 90s or 10m`);
    }
    return parts.reduce(
        (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0),
        0,
    );
}
