import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { getAt } from "./addresses.ts";

const vectorSchema = z.object({
    status: z.literal("success"),
    data: z.object({
        result: z.array(
            z.object({
                metric: z.record(z.string(), z.string()),
                value: z.tuple([z.number(), z.string()]),
            }),
        ),
    }),
});

/** One series of an instant vector: its labels, and a time with the value as text. */
export type Sample = z.infer<typeof vectorSchema>["data"]["result"][number];

/**
 * The samples in an answer of `/api/v1/query`.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/
 *
 * @throws Error where it is not one of Prometheus'
 */
export function samplesIn(text: string): readonly Sample[] {
    return vectorSchema.parse(JSON.parse(text)).data.result;
}

/** The Prometheus of a stack, its own or somebody else's. */
export class Prometheus {
    readonly #kubeConfig: KubeConfig;
    readonly #address: string;

    /** @param address as `addonEndpoints` has it */
    constructor(kubeConfig: KubeConfig, address: string) {
        this.#kubeConfig = kubeConfig;
        this.#address = address;
    }

    /** The answer to an instant query, as text. */
    query(expression: string): Promise<string> {
        return this.get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    }

    /**
     * @throws OutOfReachError where this machine cannot ask it
     * @throws Error where it does not answer, or not with 200
     */
    async get(path: string): Promise<string> {
        const { status, body } = await getAt(this.#kubeConfig, this.#address, path);
        if (status !== 200) {
            throw new Error(`Prometheus answered ${status}: ${body.slice(0, 200)}`);
        }
        return body;
    }
}
