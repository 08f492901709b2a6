import { z } from "zod";

const outcome = z.object({
    urn: z.string(),
    type: z.string(),
    name: z.string(),
    action: z.enum(["created", "changed", "unchanged", "deleted"]),
});

/** From the deploying process to the one that started it. */
export const childMessage = z.discriminatedUnion("is", [
    z.object({ is: z.literal("line"), text: z.string() }),
    z.object({ is: z.literal("outcome"), outcome, seconds: z.number() }),
    z.object({ is: z.literal("end"), outputs: z.record(z.string(), z.unknown()) }),
    z.object({ is: z.literal("error"), message: z.string() }),
]);

/** What the deploying process is to do; its first message. */
export const startMessage = z.object({
    is: z.literal("start"),
    program: z.string(),
    project: z.string(),
    stack: z.string(),
    kubeconfig: z.string(),
    config: z.record(z.string(), z.string()),
    secretConfig: z.array(z.string()),
});

/** To the deploying process. */
export const parentMessage = z.discriminatedUnion("is", [
    startMessage,
    z.object({ is: z.literal("abort") }),
]);

export type ChildMessage = z.infer<typeof childMessage>;
export type ParentMessage = z.infer<typeof parentMessage>;
export type StartMessage = z.infer<typeof startMessage>;
