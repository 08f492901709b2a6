import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import type { MeshContext } from "#model/mesh.ts";
import { getThroughPortForward } from "./kubernetes/port-forward.ts";

const SERVICE = "prometheus";
const PORT = 9090;

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

/** The stack's Prometheus, asked through a port-forward. */
export class Prometheus {
    readonly #kubeConfig: KubeConfig;
    readonly #namespace: string;

    constructor(
        kubeConfig: KubeConfig,
        { controlPlaneNamespace }: Pick<MeshContext, "controlPlaneNamespace">,
    ) {
        this.#kubeConfig = kubeConfig;
        this.#namespace = controlPlaneNamespace;
    }

    /** The answer to an instant query, as text. */
    query(expression: string): Promise<string> {
        return this.get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    }

    /** @throws Error where it does not answer, or not with 200 */
    async get(path: string): Promise<string> {
        const { status, body } = await getThroughPortForward(this.#kubeConfig, {
            namespace: this.#namespace,
            service: SERVICE,
            port: PORT,
            path,
        });
        if (status !== 200) {
            throw new Error(`Prometheus answered ${status}: ${body.slice(0, 200)}`);
        }
        return body;
    }
}
