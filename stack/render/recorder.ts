import * as pulumi from "@pulumi/pulumi";
import type { OutputsCall, RenderedResource, RenderJob } from "./rendering.ts";
import { readable, SECRET, SIGNATURE } from "./values.ts";

/** The part of the SDK's registration request that is recorded. */
interface RegisterRequest {
    getType(): string;
    getName(): string;
    getParent(): string;
    getCustom(): boolean;
    getDependenciesList(): string[];
    getIgnorechangesList(): string[];
    getAdditionalsecretoutputsList(): string[];
    getObject(): { toJavaScript(): unknown } | undefined;
}

/** The part of the SDK's answer to a registration that is read. */
interface RegisterAnswer {
    getUrn(): string;
    getId(): string;
    getObject(): { toJavaScript(): unknown };
    getPropertydependenciesMap(): undefined;
    getResult(): number;
    toString(): string;
}

type Callback<Answer> = (error: unknown, answer: Answer | undefined) => void;

/** The part of the SDK's mocks that is replaced, and what that needs. */
interface Monitor {
    readonly resources: Map<string, { urn: string; id: string; state: unknown }>;
    newUrn(parent: string, type: string, name: string): string;
    registerResource(request: RegisterRequest, callback: Callback<RegisterAnswer>): Promise<void>;
}

const ROOT = "pulumi:pulumi:Stack";
type Registered = Omit<RenderedResource, "parent" | "dependsOn"> & {
    readonly parentUrn: string;
    readonly dependencyUrns: readonly string[];
};

/** By their name. */
let resources = new Map<string, Registered>();
let order: string[] = [];
let outputsCalls = new Map<object, { component: string; calls: number; children: number }>();

/** Notes something of the program's own between the registrations. */
export function note(what: string): void {
    order.push(what);
}

function nameOf(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

function childrenOf(resource: object): number {
    const children: unknown = Reflect.get(resource, "__childResources");
    return children instanceof Set ? children.size : 0;
}

function record(request: RegisterRequest, inputs: object, showSecrets: boolean): void {
    const [type, name] = [request.getType(), request.getName()];
    if (type === ROOT) {
        return;
    }
    if (resources.has(name)) {
        throw new Error(`two resources are named ${name}`);
    }
    order.push(name);
    resources.set(name, {
        type,
        name,
        custom: request.getCustom(),
        parentUrn: request.getParent(),
        dependencyUrns: request.getDependenciesList(),
        ignoreChanges: request.getIgnorechangesList(),
        inputs: readable(inputs, showSecrets),
    });
}

/** The outputs a provider would compute: a marker for what is random, so that two renderings agree. */
function computed(type: string, name: string): Readonly<Record<string, unknown>> {
    return type === "random:index/randomPassword:RandomPassword"
        ? { result: { [SIGNATURE]: SECRET, value: `random ${name}` } }
        : {};
}

/** Every resource answers its inputs as its state, as they came: nothing is read from the wire and written to it again. */
function answer(request: RegisterRequest, inputs: object, monitor: Monitor): RegisterAnswer {
    const [type, name] = [request.getType(), request.getName()];
    const urn = monitor.newUrn(request.getParent(), type, name);
    const id = `${name}-id`;
    const state = { ...inputs, ...computed(type, name) };
    monitor.resources.set(urn, { urn, id, state });
    return {
        getUrn: () => urn,
        getId: () => id,
        getObject: () => ({ toJavaScript: () => state }),
        getPropertydependenciesMap: () => undefined,
        getResult: () => 0,
        toString: () => urn,
    };
}

/** The base class calls it as well, without outputs; only a call with outputs is the component's own. */
function watchOutputsCalls(): void {
    const prototype = pulumi.ComponentResource.prototype as unknown as {
        registerOutputs(this: object, outputs?: pulumi.Inputs): void;
    };
    const original = Reflect.get(prototype, "registerOutputs");
    prototype.registerOutputs = function (outputs) {
        if (outputs !== undefined && Reflect.get(this, "__pulumiType") !== ROOT) {
            const component = String(Reflect.get(this, "__name"));
            const earlier = outputsCalls.get(this);
            outputsCalls.set(this, {
                component,
                calls: (earlier?.calls ?? 0) + 1,
                children: earlier?.children ?? childrenOf(this),
            });
        }
        original.call(this, outputs);
    };
}

watchOutputsCalls();

/**
 * Sets strict mocks: every resource answers its inputs as its state; a call and a read throw. What was recorded before is
 * forgotten.
 *
 * @param onRegistered is called for each resource
 */
export async function startRecording(
    { stack, preview, showSecrets = false }: Pick<RenderJob, "stack" | "preview" | "showSecrets">,
    onRegistered: () => void,
): Promise<void> {
    resources = new Map();
    order = [];
    outputsCalls = new Map();
    await pulumi.runtime.setMocks(
        {
            // Registrations are answered below, so that it is a read.
            newResource: () => {
                throw new Error("unexpected read of an existing resource");
            },
            call: ({ token }) => {
                throw new Error(`unexpected call of ${token}`);
            },
        },
        "mesh",
        stack,
        preview,
    );
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    monitor.registerResource = (request, callback) => {
        try {
            const inputs = request.getObject()?.toJavaScript() ?? {};
            record(request, inputs, showSecrets);
            onRegistered();
            callback(undefined, answer(request, inputs, monitor));
        } catch (error) {
            callback(error, undefined);
        }
        return Promise.resolve();
    };
}

/** Everything that was registered, in an order that no timing changes. */
export function recorded(): {
    resources: RenderedResource[];
    outputsCalls: OutputsCall[];
    order: string[];
} {
    const rendered = Array.from(
        resources.values(),
        ({ parentUrn, dependencyUrns, ...resource }) => ({
            ...resource,
            parent:
                parentUrn === "" || parentUrn.includes(ROOT + "::") ? undefined : nameOf(parentUrn),
            dependsOn: dependencyUrns.map(nameOf).sort(),
        }),
    );
    return {
        resources: rendered.sort((a, b) => (a.name < b.name ? -1 : 1)),
        outputsCalls: [...outputsCalls].map(([resource, { component, calls, children }]) => ({
            component,
            calls,
            childrenAfterwards: childrenOf(resource) !== children,
        })),
        order,
    };
}
