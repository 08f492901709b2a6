import type { Action } from "../types.ts";
import type { Inventory } from "./inventory.ts";
import type { JsonObject } from "./json.ts";
import type { KubeClient } from "./kube-client.ts";

/** A custom resource the program asks for, with what of its options matters here. */
export interface ResourceRequest {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly inputs: JsonObject;
    /** URNs of what it was registered after. */
    readonly dependencies: readonly string[];
    readonly ignoreChanges: readonly string[];
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    /** From `customTimeouts`, in milliseconds. */
    readonly timeouts: { readonly create?: number; readonly update?: number };
    /** Namespace of objects that name none. */
    readonly defaultNamespace: string;
}

/** What applying a resource gave. */
export interface Applied {
    readonly id: string;
    readonly state: JsonObject;
    readonly action: Exclude<Action, "deleted">;
}

/** What appliers work with. */
export interface ApplyContext {
    readonly client: KubeClient;
    readonly inventory: Inventory;
    readonly kubeconfig: string;
    readonly signal: AbortSignal;
    readonly report: (line: string) => void;
    /** The folder relative chart and file paths start from. */
    readonly directory: string;
    /** Marks a thing of the cluster as asked for by this run. @throws Error when another resource has it. */
    readonly claim: (key: string, urn: string) => void;
}
