import type { KubeConfig } from "@kubernetes/client-node";
import type { Report } from "../local/errors.ts";
import type { MeshContext } from "../model/mesh.ts";
import { chartFolder } from "../local/chart-folder.ts";
import { NodeError } from "../local/node/errors.ts";
import { IMAGES } from "../local/versions.ts";
import type { Claim } from "./enforcement.ts";
import type { Interruption } from "./interrupt.ts";
import { LOCAL_STACK, stackConfig } from "./stack-config.ts";
import type { Step } from "./output.ts";

/**
 * The steps that deploy the mesh to the local cluster and show that it enforces.
 *
 * @param show takes what was seen, one line a claim, once the steps are done
 */
export function meshSteps(
    kubeconfig: string,
    { signal, guard }: Interruption,
    show: (lines: readonly string[]) => void,
): Step[] {
    return [
        {
            title: "Mesh",
            run: async (report) => {
                const { deploy } = await import("../local/deployer/index.ts");
                const config = { "mesh:charts": await chartFolder() };
                const options = { stack: LOCAL_STACK, kubeconfig, config, report, signal };
                // Interrupted, it records what it has applied, so that the next run goes on from there.
                const summary = await guard(deploy(options));
                await makeCertificate(kubeconfig, report);
                const { created, changed, unchanged, deleted } = summary;
                return `${created} created, ${changed} changed, ${unchanged} unchanged, ${deleted} deleted`;
            },
        },
        {
            title: "Enforcement",
            run: async () => {
                const claims = await guard(enforcement(kubeconfig, signal));
                show(claims.map(lineOf));
                const broken = claims.filter(({ holds }) => !holds);
                if (broken.length > 0) {
                    throw new NodeError(
                        ["The mesh does not enforce what it must:", ...broken.map(lineOf)].join(
                            "\n",
                        ),
                    );
                }
                return `${claims.length} claims hold`;
            },
        },
    ];
}

function lineOf({ claim, holds, seen }: Claim): string {
    return `  ${holds ? "yes" : "NO "}  ${claim}: ${seen}`;
}

/** The gateway's key and certificate are made on the cluster, so that no private key passes through the program. */
async function makeCertificate(kubeconfig: string, report: Report): Promise<void> {
    const [{ ensureGatewayCertificate }, mesh, context] = await Promise.all([
        import("../local/certificate.ts"),
        import("../model/mesh.ts"),
        meshContextOf(),
    ]);
    const made = await ensureGatewayCertificate({
        kubeConfig: await loadKubeConfig(kubeconfig),
        namespace: context.controlPlaneNamespace,
        secretName: mesh.TLS_SECRET_NAME,
        hosts: mesh.gatewayHosts(context),
    });
    if (made) {
        report("made the gateway's certificate");
    }
}

async function enforcement(kubeconfig: string, signal: AbortSignal): Promise<readonly Claim[]> {
    const [{ showEnforcement }, { catalog }, context] = await Promise.all([
        import("./enforcement.ts"),
        import("../services/catalog.ts"),
        meshContextOf(),
    ]);
    return showEnforcement({
        kubeConfig: await loadKubeConfig(kubeconfig),
        catalog,
        context,
        probeImage: IMAGES.probe,
        signal,
    });
}

async function loadKubeConfig(path: string): Promise<KubeConfig> {
    const k8s = await import("@kubernetes/client-node");
    const config = new k8s.KubeConfig();
    config.loadFromFile(path);
    return config;
}

async function meshContextOf(): Promise<MeshContext> {
    const { meshContext } = await import("../components/config.ts");
    return meshContext(await stackConfig(LOCAL_STACK));
}
