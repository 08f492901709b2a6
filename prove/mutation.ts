import type { KubeConfig } from "@kubernetes/client-node";
import type { LiveObject, ObjectRef } from "#live/kubernetes/objects.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** One change to one object of the cluster. */
export type Change =
    | {
          readonly kind: "edit";
          readonly object: ObjectRef;
          /** From the object as it is to the object as it shall be. */
          readonly to: (live: LiveObject) => LiveObject;
      }
    | { readonly kind: "remove"; readonly object: ObjectRef }
    | {
          readonly kind: "create";
          /** In a namespace, where a timer of the cluster ends it should nobody else. */
          readonly object: LiveObject;
      };

/** One control of the mesh made weaker, and the checks that must see it. */
export interface Mutation {
    /** What is done, one phrase; unique. */
    readonly name: string;
    /** The control that it takes away, one phrase. */
    readonly weakens: string;
    /** Ids of checks, `*` standing for any text: every check that matches must go red, and each pattern matches one. */
    readonly breaks: readonly string[];
    /** Likewise: checks that may go red with them, because they need what was taken away. */
    readonly mayBreak?: readonly string[];
    readonly changes: readonly Change[];
}

/** How one mutation was judged. */
export interface Proof {
    readonly mutation: string;
    readonly weakens: string;
    /** Checks that were red in the end. */
    readonly red: readonly string[];
    /** Checks that should have gone red and did not; a pattern that matches no check stands for itself. */
    readonly missing: readonly string[];
    /** Checks that went red and had nothing to do with it, each with what it saw. */
    readonly unexpected: readonly string[];
    /** Checks that were still red after everything was put back, each with what it saw. */
    readonly stillRed: readonly string[];
    /** From the change to the expected red, or to giving up. */
    readonly secondsToRed: number;
    /** From putting back to all green, or to giving up. */
    readonly secondsToGreen: number;
    /** Whether it was caught by exactly the intended checks, and all was green again. */
    readonly caught: boolean;
}

export interface ProveResult {
    readonly proofs: readonly Proof[];
    /** Mutations that were not tried, because the one before could not be undone. */
    readonly notTried: readonly string[];
    /** Checks of the mesh as it was found that were red, each with what it saw: nothing was tried then. */
    readonly redBefore: readonly string[];
    /** Checks that were red when all was put back, each with what it saw. */
    readonly redAfter: readonly string[];
    /** Objects that a proof which was killed had left weak, and that were put back first. */
    readonly recovered: readonly string[];
    readonly seconds: number;
    /** Whether every mutation was caught. */
    readonly holds: boolean;
}

/** The mesh that is weakened, its cluster, and the probes' image. */
export interface ProveOptions {
    readonly mesh: DeclaredMesh;
    /** The stack that it is declared by. */
    readonly stack: string;
    /** Must lead to the local cluster. */
    readonly kubeConfig: KubeConfig;
    /** Image of the probe pods. */
    readonly image: string;
    /** Checkout whose command this is. */
    readonly checkout: string;
    /** Aborted on Ctrl-C: what is weak at that moment is put back before {@link prove} rejects. */
    readonly signal: AbortSignal;
    /** Default: every mutation of the mesh. */
    readonly mutations?: readonly Mutation[];
    /** Takes each mutation's result as it comes. */
    readonly report?: (proof: Proof) => void;
}
