import type { Report } from "#errors.ts";
import { istioBootstrap } from "../charts.ts";
import { ensureEnvoy } from "../envoy.ts";
import { ensureTool } from "../toolchain.ts";
import type { ToolName } from "../tools.ts";
import { ENVOY_VERSION } from "../versions.ts";
import type { DemoService, ImageName } from "../versions.ts";
import type { RunConfig } from "./archive.ts";
import type { LayerEntry } from "./layer.ts";
import { MINIMAL_ROOT, program } from "./recipe.ts";
import type { ImageRecipe } from "./recipe.ts";

type Make = (report: Report) => Promise<ImageRecipe>;

/** An image of one tool on a minimal root, as the tool's own project makes it, which it starts without arguments. */
function ofTool(
    name: ImageName,
    tool: ToolName,
    path: string,
    run: Partial<RunConfig> = {},
    entries: readonly LayerEntry[] = [],
): Make {
    return async (report) => ({
        name,
        shared: [],
        entries: [...MINIMAL_ROOT, program(path, await ensureTool(tool, report)), ...entries],
        run: { Entrypoint: [`/${path}`], WorkingDir: "/", ...run },
    });
}

/** As Istio's Dockerfile.proxyv2, with upstream's Envoy; iptables comes from the base for `istio-init`. */
async function proxyv2(report: Report): Promise<ImageRecipe> {
    const agent = await ensureTool("pilot-agent", report);
    const envoy = await ensureEnvoy(report);
    return {
        name: "proxyv2",
        shared: ["debian"],
        entries: [
            program("usr/local/bin/pilot-agent", agent),
            program("usr/local/bin/envoy", envoy),
            {
                kind: "file",
                path: "var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
                source: await istioBootstrap(),
                mode: 0o644,
            },
        ],
        run: {
            Entrypoint: ["/usr/local/bin/pilot-agent"],
            Env: [`ISTIO_META_ISTIO_PROXY_SHA=envoy-${ENVOY_VERSION}`],
            WorkingDir: "/",
        },
    };
}

/** Nothing but Node, which runs the script that a probe hands it. */
function probe(): Promise<ImageRecipe> {
    return Promise.resolve({
        name: "probe",
        shared: ["node"],
        entries: [],
        run: { Entrypoint: ["/usr/local/bin/node"], User: "10001", WorkingDir: "/" },
    });
}

/** Holds a pod's namespaces. Debian's static busybox sleeps until it is told to end. */
function pause(): Promise<ImageRecipe> {
    return Promise.resolve({
        name: "pause",
        shared: [],
        entries: [program("bin/busybox", "/bin/busybox")],
        run: {
            // As process 1 it would get no default signal action, and every pod would end 30 seconds late.
            Entrypoint: ["/bin/busybox", "sh", "-c", PAUSE_SCRIPT],
            User: "65535:65535",
        },
    });
}

const PAUSE_SCRIPT = "trap 'exit 0' TERM INT; /bin/busybox sleep infinity & wait";

const NO_CONSOLE =
    "<!doctype html><title>Kiali</title><p>The local cluster has Kiali's API alone, below /kiali/api.</p>\n";

/** Makes the recipe of an image, building or downloading its files where the cache lacks them. */
export const PLATFORM: Readonly<Record<Exclude<ImageName, DemoService>, Make>> = {
    pilot: ofTool("pilot", "pilot-discovery", "usr/local/bin/pilot-discovery", {
        User: "1337:1337",
    }),
    proxyv2,
    coredns: ofTool("coredns", "coredns", "coredns"),
    pause,
    // As upstream's image, without its sample configuration: plain `nats-server` listens on 4222.
    nats: ofTool("nats", "nats-server", "nats-server"),
    probe,
    jaeger: ofTool("jaeger", "jaeger", "go/bin/all-in-one-linux", { User: "10001" }),
    // As upstream's image: same paths, user and default arguments.
    prometheus: ofTool(
        "prometheus",
        "prometheus",
        "bin/prometheus",
        {
            Cmd: [
                "--config.file=/etc/prometheus/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
            ],
            User: "65534:65534",
            WorkingDir: "/prometheus",
        },
        [
            { kind: "directory", path: "etc/prometheus", mode: 0o755 },
            { kind: "directory", path: "prometheus", mode: 0o755, owner: 65534 },
        ],
    ),
    // As upstream's image, with a word in place of the console, which takes longer to build than all the rest.
    kiali: ofTool("kiali", "kiali", "opt/kiali/kiali", { User: "1000", WorkingDir: "/opt/kiali" }, [
        { kind: "text", path: "opt/kiali/console/index.html", text: NO_CONSOLE, mode: 0o644 },
    ]),
    // As upstream's image: k6, and a shell that keeps the pod alive between runs.
    k6: ofTool("k6", "k6", "usr/bin/k6", { User: "12345" }, [
        program("bin/busybox", "/bin/busybox"),
    ]),
};
