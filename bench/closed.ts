// How long `closed` takes to compare every proxy of a large mesh with the declarations, each proxy's dump being answered by a
// fixture of a real dump's size, beside reading the same dumps as JSON, which nobody can do without; and the memory it needs.
import { fileURLToPath } from "node:url";
import { execaNode } from "execa";
import { declaredMesh } from "#stack/declared-mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { DeclaredObject, DeclaredObjects } from "#stack/declared-objects.ts";
import type { Aspect } from "#checks/closed/judge.ts";
import { ASPECTS, judgeProxy } from "#checks/closed/judge.ts";
import type { ConfigDump } from "#live/proxies/envoy.ts";
import { readProxy } from "#live/proxies/envoy.ts";
import type { Proxy } from "#live/proxies/envoy-types.ts";
import { allowPolicyName, allowPolicySpec, callGraph } from "#model/authorization.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import { dumpOf, podOf } from "#tests/closed/dumps.ts";
import { inTurn, median, printExponent } from "./measure.ts";

const ROUNDS = 3;
const SERVICES = [50, 100, 200] as const;
/** What a real dump has beside what is compared, as it was measured on the local mesh. */
const PADDING_BYTES = 300_000;

/** A mesh in which each service calls the next one. */
function meshOf({ catalog, ...local }: DeclaredMesh, count: number): DeclaredMesh {
    const last = catalog.services.at(-1);
    if (last === undefined) {
        throw new Error("there is no service to copy");
    }
    const [permissions = []] = Object.values(last.callers);
    const services = Array.from({ length: count }, (_, index): ServiceIntent => ({
        ...last,
        name: `service-${index}`,
        backing: [],
        callers: { [`service-${(index + count - 1) % count}`]: permissions },
    }));
    const large = { ...local, catalog: { services, backing: [] } };
    const objects = objectsOf(large);
    return { ...large, objects: () => Promise.resolve(objects) };
}

/** What the program makes of it, as far as proxies get it. */
function objectsOf(mesh: Pick<DeclaredMesh, "catalog" | "context">): DeclaredObjects {
    const { catalog, context } = mesh;
    const { namespace } = context;
    const object = (kind: string, name: string, spec: unknown): DeclaredObject => ({
        apiVersion: "any",
        kind,
        metadata: { name, namespace },
        spec,
    });
    const objects = catalog.services.flatMap((service) => [
        object("VirtualService", service.name, virtualServiceSpec(service, context)),
        object("DestinationRule", service.name, destinationRuleSpec(service, context)),
        object("Sidecar", service.name, sidecarSpec(service, catalog, context)),
        object("Service", service.name, {
            selector: { app: service.name },
            ports: [{ name: "http", appProtocol: "http", port: service.port }],
        }),
    ]);
    const policies = callGraph(catalog, context).map((edge) =>
        object("AuthorizationPolicy", allowPolicyName(edge), allowPolicySpec(edge, context)),
    );
    return {
        objects: [...objects, ...policies, object("AuthorizationPolicy", "deny-all", {})],
        releases: [],
    };
}

/** The dumps of every proxy, as the proxies would answer them. */
function dumpsOf(mesh: DeclaredMesh): ReadonlyMap<string, string> {
    const padding = Array.from({ length: PADDING_BYTES / 60 }, (_, index) => ({
        name: `beside-${index}`,
        value: { is: "never looked at" },
    }));
    return new Map(
        mesh.catalog.services.map(({ name }) => [
            name,
            JSON.stringify({ ...(dumpOf(name, mesh) as object), padding }),
        ]),
    );
}

/** Judges every side of every proxy, all proxies being held at once, as a run holds them for its other checks. */
async function judgeAll(mesh: DeclaredMesh, dumps: ReadonlyMap<string, string>): Promise<Proxy[]> {
    const { objects } = await mesh.objects();
    return [...dumps].map(([workload, text]) => {
        const pod = podOf(workload, mesh);
        const proxy = readProxy(pod.name, JSON.parse(text) as ConfigDump);
        for (const aspect of Object.keys(ASPECTS)) {
            const { added, missing } = judgeProxy(
                aspect as Aspect,
                { mesh, objects },
                { workload, pod, proxy },
            );
            const [found] = [...added, ...missing];
            if (found !== undefined) {
                throw new Error(`${workload}: ${found.text}`);
            }
        }
        return proxy;
    });
}

/** Tells how much memory a process had that did nothing but compare so many proxies once. */
async function tellMemory(count: number): Promise<void> {
    const mesh = meshOf(local, count);
    await judgeAll(mesh, dumpsOf(mesh));
    process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
}

async function memoryOf(count: number): Promise<number> {
    const file = fileURLToPath(import.meta.url);
    return Number((await execaNode(file, [String(count)])).stdout);
}

async function tellTimes(): Promise<void> {
    process.stdout.write("closed, proxies answered by fixtures: median of the rounds\n");
    const medians: number[] = [];
    for (const count of SERVICES) {
        const mesh = meshOf(local, count);
        const dumps = dumpsOf(mesh);
        const taken = await inTurn(
            {
                closed: () => judgeAll(mesh, dumps),
                json: () => [...dumps.values()].map((text) => JSON.parse(text) as unknown),
            },
            ROUNDS,
            1,
        );
        const [closed, json] = [median(taken.get("closed") ?? []), median(taken.get("json") ?? [])];
        medians.push(closed);
        const beside = `${(closed / json).toFixed(2)} times reading the dumps as JSON`;
        const memory = `${(await memoryOf(count)).toFixed(0)} MiB at most`;
        process.stdout.write(
            `${(closed / 1000).toFixed(2).padStart(8)} s  ${count} services: ${beside}, ${memory}\n`,
        );
    }
    printExponent(SERVICES, medians, "the growth");
}

const { mesh: local } = await declaredMesh({ stack: "local" }, true);
const [count] = process.argv.slice(2);
await (count === undefined ? tellTimes() : tellMemory(Number(count)));
