import { run as runProgram } from "#stack/render/run.ts";
import { assertKnownType } from "./known-types.ts";
import type { RenderJob, Rendering } from "./rendering.ts";
import { stackConfig } from "./stack-config.ts";

/** Where the local stack's charts are said to be: `mesh up` alone knows the real folder. */
const CHARTS_FOLDER = "/charts";

/** Stacks of the checkout, each with the values that are not in its file. */
export const STACKS = {
    dev: {},
    prod: {},
    local: { "mesh:charts": CHARTS_FOLDER },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type StackName = keyof typeof STACKS;

/** Runs a program, which must register nothing but what a program of the mesh may. */
export async function run(job: RenderJob): Promise<Rendering> {
    const rendering = await runProgram(job);
    for (const { type, name } of rendering.resources) {
        assertKnownType(type, name);
    }
    return rendering;
}

const done = new Map<string, Promise<Rendering>>();

async function sound(job: RenderJob): Promise<Rendering> {
    const rendering = await run(job);
    if (rendering.errors.length > 0) {
        throw new Error(
            `${job.program} in stack ${job.stack} failed:\n${rendering.errors.join("\n")}`,
        );
    }
    return rendering;
}

function once(key: string, job: () => RenderJob): Promise<Rendering> {
    const rendering = done.get(key) ?? sound(job());
    done.set(key, rendering);
    return rendering;
}

/** A stack of the checkout as `pulumi preview` would see it, rendered once a test run. */
export function renderStack(stack: StackName): Promise<Rendering> {
    return once(stack, () => ({
        program: "index.ts",
        stack,
        config: stackConfig(stack, STACKS[stack]),
        preview: true,
    }));
}

/** How {@link renderCanaries} differs from prod. */
export const CANARIES = {
    "mesh:canaries": {
        "order-service": {
            image: "ghcr.io/a4co/order-service:1.1.0",
            weight: 10,
            header: { name: "X-Canary", value: "order" },
        },
    },
} as const;

/** The stack of prod with some keys otherwise. */
export function renderProd(keys: Readonly<Record<string, unknown>>): Promise<Rendering> {
    return once(JSON.stringify(keys), () => ({
        program: "index.ts",
        stack: "prod",
        config: stackConfig("prod", keys),
        preview: true,
    }));
}

/** The stack of prod with a canary of order-service. */
export function renderCanaries(): Promise<Rendering> {
    return renderProd(CANARIES);
}

/** How {@link renderElsewhere} differs from prod. */
const ELSEWHERE = {
    "mesh:addons": {
        prometheus: { address: "http://prometheus.monitoring.svc:9090" },
        grafana: { address: "https://grafana.a4co.example/ops/" },
        jaeger: {
            otlp: "https://otlp.a4co.example:4317",
            query: "http://jaeger-query.observability.svc:16686",
        },
        kiali: true,
    },
    "mesh:addonUrls": { jaeger: "https://jaeger.a4co.example" },
    "mesh:prometheusOperator": { enabled: true, labels: { release: "kube-prometheus-stack" } },
} as const;

/** The stack of prod where everything that watches it is somebody else's, and the Prometheus operator is there. */
export function renderElsewhere(): Promise<Rendering> {
    return renderProd(ELSEWHERE);
}

/** The same components with another catalogue. */
export function renderBookinfo(): Promise<Rendering> {
    return once("bookinfo", () => ({
        program: "tests/bookinfo/index.ts",
        stack: "bookinfo",
        config: {},
        preview: true,
    }));
}
