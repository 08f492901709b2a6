import type { Report } from "#errors.ts";
import { kubeConfigOf } from "#live/target.ts";
import { NodeError } from "#local/node/errors.ts";
import { IMAGES } from "#local/versions.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import type { Interruption } from "../interrupt.ts";
import { localDeployment } from "../local-deployment.ts";
import type { Step } from "../progress.ts";

/** What of `mesh verify` is shown of a mesh that was just deployed: who may call whom, and as whom. */
export const ENFORCEMENT = { only: ["identity", "authorization"] } as const;

/** The steps that deploy the mesh to the local cluster and show that it enforces. */
export function meshSteps(kubeconfig: string, { signal, guard }: Interruption): Step[] {
    return [
        {
            title: "Mesh",
            run: async (report) => {
                const { deploy } = await import("#local/deployer/index.ts");
                const options = { ...(await localDeployment(kubeconfig)), report, signal };
                // Interrupted, it records what it has applied, so that the next run goes on from there.
                const summary = await guard(deploy(options));
                await makeCertificate(kubeconfig, report);
                const { created, changed, replaced, unchanged, deleted } = summary;
                return `${created} created, ${changed + replaced} changed, ${unchanged} unchanged, ${deleted} deleted`;
            },
        },
        {
            title: "Enforcement",
            run: () => guard(enforcement(kubeconfig, signal)),
        },
    ];
}

/** The gateway's key and certificate are made on the cluster, so that no private key passes through the program. */
async function makeCertificate(kubeconfig: string, report: Report): Promise<void> {
    const [{ ensureGatewayCertificate }, { TLS_SECRET_NAME, gatewayHosts }, { declaredMesh }] =
        await Promise.all([
            import("#local/certificate.ts"),
            import("#model/mesh.ts"),
            import("#stack/declared-mesh.ts"),
        ]);
    const { context } = (await declaredMesh({ stack: LOCAL_STACK }, true)).mesh;
    const made = await ensureGatewayCertificate({
        kubeConfig: await kubeConfigOf(kubeconfig),
        namespace: context.controlPlaneNamespace,
        secretName: TLS_SECRET_NAME,
        hosts: gatewayHosts(context),
    });
    if (made) {
        report("made the gateway's certificate");
    }
}

/** @throws NodeError with everything that is known of each check that does not hold */
async function enforcement(kubeconfig: string, signal: AbortSignal): Promise<string> {
    const [{ verify }, { checksOf, selectChecks }, { declaredMesh }, report, { ADDED_SECONDS }] =
        await Promise.all([
            import("#checks/engine.ts"),
            import("#checks/filter.ts"),
            import("#stack/declared-mesh.ts"),
            import("#checks/report.ts"),
            import("#prove/recovery.ts"),
        ]);
    const { mesh } = await declaredMesh({ stack: LOCAL_STACK }, true);
    const { results } = await verify({
        mesh,
        kubeConfig: await kubeConfigOf(kubeconfig),
        probeImage: IMAGES.probe,
        checks: selectChecks(await checksOf(mesh), ENFORCEMENT),
        signal,
        // What a killed proof added is still there, and ends by itself.
        waitSeconds: ADDED_SECONDS,
    });
    const broken = results.filter(({ outcome }) => outcome.status === "failed");
    if (!report.allHolds(results)) {
        const style = { symbols: false, colour: false };
        throw new NodeError(
            [
                "The mesh does not enforce what it must:",
                ...broken.map((result) => report.resultLines(result, style)),
            ].join("\n"),
        );
    }
    const { passed, skipped } = report.countsOf(results);
    return `${passed} checks of ${ENFORCEMENT.only.join(" and ")} hold${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
