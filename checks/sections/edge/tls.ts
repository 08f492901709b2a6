import { X509Certificate } from "node:crypto";
import { ApiException } from "@kubernetes/client-node";
import { exposedPaths } from "#live/edge-requests.ts";
import type { EdgeRequest } from "#live/edge-requests.ts";
import type { ProbeResult } from "#live/probes/probe.ts";
import { gatewayHosts, TLS_SECRET_NAME } from "#model/mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { askGateway, describeAtEdge, servedServices } from "./asking.ts";
import { certificateProblem } from "./certificate.ts";

const NOTHING_SERVED = skipped(
    "No service may be called by the ingress gateway, so it opens no port for TLS.",
);

/** The certificate that clients see, and the oldest TLS that they may speak. */
export function tlsChecks(mesh: DeclaredMesh): readonly Check[] {
    const [served] = servedServices(mesh);
    const request: EdgeRequest | undefined = served && {
        scheme: "https",
        host: served.host,
        path: exposedPaths(served.service)[0] ?? "/",
    };
    return [
        {
            id: "edge/certificate",
            title: "the gateway shows a valid certificate for all its hosts",
            documentation:
                "https://istio.io/latest/docs/tasks/traffic-management/ingress/secure-ingress/",
            probes: "mesh",
            run: async (live) =>
                request === undefined ? NOTHING_SERVED : certificate(live, request),
        },
        {
            id: "edge/tls-version",
            title: "the gateway speaks TLS 1.2 and refuses TLS 1.1",
            documentation:
                "https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-TLSProtocol",
            probes: "mesh",
            run: async (live) => (request === undefined ? NOTHING_SERVED : version(live, request)),
        },
    ];
}

async function certificate(live: LiveMesh, request: EdgeRequest): Promise<Outcome> {
    const [{ tls, ...result }, stored] = await Promise.all([
        askGateway(live, { ...request, probe: "certificate" }),
        storedCertificate(live),
    ]);
    const hosts = gatewayHosts(live.mesh.context);
    const expected = `a valid certificate for ${hosts.join(", ")} from Secret ${TLS_SECRET_NAME}`;
    if (tls === undefined) {
        return failed(
            expected,
            describeAtEdge(result),
            `Put a certificate into Secret ${TLS_SECRET_NAME} in the gateway's namespace and look at the Gateway's server for port 443.`,
        );
    }
    const shown = new X509Certificate(Buffer.from(tls.certificate, "base64"));
    const problem = certificateProblem(shown, hosts, Date.now());
    if (problem !== undefined) {
        return failed(expected, problem, `Renew the certificate in Secret ${TLS_SECRET_NAME}.`);
    }
    if (stored instanceof X509Certificate && stored.fingerprint256 !== shown.fingerprint256) {
        return failed(
            expected,
            `a certificate of serial ${shown.serialNumber}, while the Secret holds ${stored.serialNumber}`,
            "Look which Secret the Gateway's credentialName names, and whether the gateway is in touch with istiod.",
        );
    }
    const from = stored instanceof X509Certificate ? "the Secret's" : stored;
    return passed(`valid until ${shown.validTo}, for ${hosts.join(", ")}; ${from}`);
}

/** The certificate of the stack's Secret, or why it is not known. Its private key is left alone. */
async function storedCertificate(live: LiveMesh): Promise<X509Certificate | string> {
    try {
        const { data } = await live.core.readNamespacedSecret({
            namespace: live.mesh.context.controlPlaneNamespace,
            name: TLS_SECRET_NAME,
        });
        return new X509Certificate(Buffer.from(data?.["tls.crt"] ?? "", "base64"));
    } catch (error) {
        if (error instanceof ApiException && error.code === 403) {
            return "not compared with the Secret, which may not be read";
        }
        const reason = error instanceof ApiException ? `code ${error.code}` : String(error);
        throw new Error(`Secret ${TLS_SECRET_NAME} cannot be compared: ${reason}`, {
            cause: error,
        });
    }
}

/** OpenSSL's default security level would refuse TLS 1.1 before the server could. */
const ANY_CIPHER = "DEFAULT@SECLEVEL=0";

/**
 * Whether the server itself said that it does not speak the client's version.
 * Source: https://www.rfc-editor.org/rfc/rfc5246#section-7.2
 */
export function versionRefused({ error = "", detail = "", tls }: ProbeResult): boolean {
    return (
        tls === undefined &&
        (error.endsWith("_ALERT_PROTOCOL_VERSION") || /\bSSL alert number 70\b/.test(detail))
    );
}

/** The server's alert in OpenSSL's words, or else what the client says. */
function alertOf({ detail = "", error = "no answer" }: ProbeResult): string {
    return /:([^:]*\balert\b[^:]*):/.exec(detail)?.[1] ?? error;
}

async function version(live: LiveMesh, request: EdgeRequest): Promise<Outcome> {
    const speaking = (only: "TLSv1.1" | "TLSv1.2"): Promise<ProbeResult> =>
        askGateway(live, {
            ...request,
            probe: only,
            tls: { minVersion: only, maxVersion: only, ciphers: ANY_CIPHER },
        });
    const [control, old] = await Promise.all([speaking("TLSv1.2"), speaking("TLSv1.1")]);
    const expected = "a handshake in TLS 1.2, and the alert protocol_version for TLS 1.1";
    if (control.tls?.protocol !== "TLSv1.2") {
        return failed(
            expected,
            `the control failed: no handshake in TLS 1.2 (${control.error ?? "another version"})`,
            "Let the gateway speak TLS first; see edge/https.",
        );
    }
    return versionRefused(old)
        ? passed("TLS 1.2 is spoken, TLS 1.1 gets the alert protocol_version")
        : failed(
              expected,
              old.tls === undefined
                  ? `TLS 1.1 ended without that alert: ${alertOf(old)}`
                  : `a handshake in ${old.tls.protocol}`,
              "Set minProtocolVersion: TLSV1_2 on every TLS server of every Gateway that selects the gateway.",
          );
}
