import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import type { KubeConfig, V1Secret } from "@kubernetes/client-node";
import { ApiException, CoreV1Api } from "@kubernetes/client-node";
import { run } from "./node/shell.ts";

/** The Secret that the gateway's certificate is kept in, and the hosts it is for. */
export interface GatewayCertificateOptions {
    readonly kubeConfig: KubeConfig;
    /** Namespace of the gateway's pods: the gateway finds its Secret nowhere else. */
    readonly namespace: string;
    readonly secretName: string;
    readonly hosts: readonly string[];
}

const VALID_DAYS = 365;
const RENEW_BEFORE_MILLISECONDS = 30 * 24 * 3600 * 1000;

async function selfSigned(hosts: readonly string[]): Promise<Record<string, string>> {
    const directory = await mkdtemp(join(tmpdir(), "a4co-mesh-certificate-"));
    const key = join(directory, "tls.key");
    const certificate = join(directory, "tls.crt");
    const names = hosts.map((host) => `DNS:${host}`).join(",");
    try {
        await run([
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            String(VALID_DAYS),
            "-subj",
            `/CN=${hosts.at(-1) ?? "localhost"}`,
            "-addext",
            `subjectAltName=${names}`,
            "-keyout",
            key,
            "-out",
            certificate,
        ]);
        return {
            "tls.crt": await readFile(certificate, "base64"),
            "tls.key": await readFile(key, "base64"),
        };
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

function isUsable(secret: V1Secret, hosts: readonly string[]): boolean {
    const encoded = secret.data?.["tls.crt"];
    if (encoded === undefined) {
        return false;
    }
    const certificate = new X509Certificate(Buffer.from(encoded, "base64"));
    return (
        Date.parse(certificate.validTo) - Date.now() > RENEW_BEFORE_MILLISECONDS &&
        hosts.every((host) => certificate.subjectAltName?.includes(`DNS:${host}`) === true)
    );
}

/**
 * Makes the gateway's self-signed certificate on the cluster itself, so that no private key passes through the
 * program or its state. A Secret that still serves is left alone.
 *
 * @returns whether a new certificate was made
 */
export async function ensureGatewayCertificate(
    options: GatewayCertificateOptions,
): Promise<boolean> {
    const { namespace, secretName, hosts } = options;
    const core = options.kubeConfig.makeApiClient(CoreV1Api);
    const existing = await core
        .readNamespacedSecret({ namespace, name: secretName })
        .catch((error: unknown) => {
            if (error instanceof ApiException && error.code === 404) {
                return undefined;
            }
            throw error;
        });
    if (existing !== undefined && isUsable(existing, hosts)) {
        return false;
    }
    const body: V1Secret = {
        metadata: { name: secretName, namespace },
        type: "kubernetes.io/tls",
        data: await selfSigned(hosts),
    };
    await (existing === undefined
        ? core.createNamespacedSecret({ namespace, body })
        : core.replaceNamespacedSecret({ namespace, name: secretName, body }));
    return true;
}
