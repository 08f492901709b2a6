import type { Report } from "#errors.ts";
import { istioBootstrap } from "../charts.ts";
import { ensureEnvoy } from "../envoy.ts";
import { ensureTool } from "../toolchain.ts";
import { ENVOY_VERSION } from "../versions.ts";
import type { DemoService, ImageName } from "../versions.ts";
import { MINIMAL_ROOT, program } from "./recipe.ts";
import type { ImageRecipe } from "./recipe.ts";

type Make = (report: Report) => Promise<ImageRecipe>;

/** As Istio's Dockerfile.pilot on its distroless base. */
async function pilot(report: Report): Promise<ImageRecipe> {
    const discovery = await ensureTool("pilot-discovery", report);
    return {
        name: "pilot",
        shared: [],
        entries: [...MINIMAL_ROOT, program("usr/local/bin/pilot-discovery", discovery)],
        run: {
            Entrypoint: ["/usr/local/bin/pilot-discovery"],
            User: "1337:1337",
            WorkingDir: "/",
        },
    };
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

async function coredns(report: Report): Promise<ImageRecipe> {
    const binary = await ensureTool("coredns", report);
    return {
        name: "coredns",
        shared: [],
        entries: [...MINIMAL_ROOT, program("coredns", binary)],
        run: { Entrypoint: ["/coredns"], WorkingDir: "/" },
    };
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

/** As upstream's image, without its sample configuration: plain `nats-server` listens on 4222. */
async function nats(report: Report): Promise<ImageRecipe> {
    const binary = await ensureTool("nats-server", report);
    return {
        name: "nats",
        shared: [],
        entries: [...MINIMAL_ROOT, program("nats-server", binary)],
        run: { Entrypoint: ["/nats-server"], WorkingDir: "/" },
    };
}

async function jaeger(report: Report): Promise<ImageRecipe> {
    const binary = await ensureTool("jaeger", report);
    return {
        name: "jaeger",
        shared: [],
        entries: [...MINIMAL_ROOT, program("go/bin/all-in-one-linux", binary)],
        run: {
            Entrypoint: ["/go/bin/all-in-one-linux"],
            User: "10001",
            WorkingDir: "/",
        },
    };
}

/** As upstream's image: same paths, user and default arguments. */
async function prometheus(report: Report): Promise<ImageRecipe> {
    const binary = await ensureTool("prometheus", report);
    return {
        name: "prometheus",
        shared: [],
        entries: [
            ...MINIMAL_ROOT,
            program("bin/prometheus", binary),
            { kind: "directory", path: "etc/prometheus", mode: 0o755 },
            { kind: "directory", path: "prometheus", mode: 0o755, owner: 65534 },
        ],
        run: {
            Entrypoint: ["/bin/prometheus"],
            Cmd: [
                "--config.file=/etc/prometheus/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
            ],
            User: "65534:65534",
            WorkingDir: "/prometheus",
        },
    };
}

/** As upstream's image: k6, and a shell that keeps the pod alive between runs. */
async function k6(report: Report): Promise<ImageRecipe> {
    const binary = await ensureTool("k6", report);
    return {
        name: "k6",
        shared: [],
        entries: [
            ...MINIMAL_ROOT,
            program("usr/bin/k6", binary),
            program("bin/busybox", "/bin/busybox"),
        ],
        run: { Entrypoint: ["/usr/bin/k6"], User: "12345", WorkingDir: "/" },
    };
}

/** Makes the recipe of an image, building or downloading its files where the cache lacks them. */
export const PLATFORM: Readonly<Record<Exclude<ImageName, DemoService>, Make>> = {
    pilot,
    proxyv2,
    coredns,
    pause,
    nats,
    probe,
    jaeger,
    prometheus,
    k6,
};
