import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import type { KubeConfig } from "@kubernetes/client-node";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { ClusterObjects } from "#live/kubernetes/objects.ts";
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

function isUsable(secret: LiveObject, hosts: readonly string[]): boolean {
    const data = secret["data"] as Readonly<Record<string, string>> | undefined;
    const encoded = data?.["tls.crt"];
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
    const objects = new ClusterObjects(options.kubeConfig);
    const metadata = { name: secretName, namespace };
    const existing = await objects.read({ apiVersion: "v1", kind: "Secret", metadata });
    if (existing !== undefined && isUsable(existing, hosts)) {
        return false;
    }
    const secret = {
        apiVersion: "v1",
        kind: "Secret",
        metadata,
        type: "kubernetes.io/tls",
        data: await selfSigned(hosts),
    };
    await (existing === undefined ? objects.create(secret) : objects.replace(secret));
    return true;
}
