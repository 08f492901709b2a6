import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addresses, NODE_NAME, paths, STATE_DIR } from "./layout.ts";
import { run } from "./shell.ts";

/** The three authorities are apart so that a client of the API server is not also a client of etcd. */
type Authority = "ca" | "etcd-ca" | "front-proxy-ca";

/** One certificate of the node: who it names and what it may be used for. */
interface CertificatePlan {
    readonly name: string;
    readonly authority: Authority;
    readonly commonName: string;
    readonly organization?: string;
    readonly usages: readonly ("serverAuth" | "clientAuth")[];
    /** Subject alternative names as openssl writes them, for example `DNS:localhost`. */
    readonly names?: readonly string[];
}

const authorities: readonly Authority[] = ["ca", "etcd-ca", "front-proxy-ca"];

/** The cluster is thrown away long before; a shorter life would only break one that is kept. */
const VALID_DAYS = "3650";

/** Every certificate the node's components need. */
const certificates: readonly CertificatePlan[] = [
    {
        name: "apiserver",
        authority: "ca",
        commonName: "kube-apiserver",
        usages: ["serverAuth"],
        names: [
            "DNS:kubernetes",
            "DNS:kubernetes.default",
            "DNS:kubernetes.default.svc",
            `DNS:kubernetes.default.svc.${addresses.clusterDomain}`,
            "DNS:localhost",
            "IP:127.0.0.1",
            `IP:${addresses.apiService}`,
            `IP:${addresses.node}`,
        ],
    },
    client("apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
    client("admin", "a4co-admin", "system:masters"),
    client("controller-manager", "system:kube-controller-manager"),
    client("scheduler", "system:kube-scheduler"),
    client("kube-proxy", "system:kube-proxy"),
    client("kubelet", `system:node:${NODE_NAME}`, "system:nodes"),
    {
        name: "kubelet-server",
        authority: "ca",
        commonName: NODE_NAME,
        usages: ["serverAuth"],
        names: [`DNS:${NODE_NAME}`, `IP:${addresses.node}`],
    },
    {
        name: "etcd",
        authority: "etcd-ca",
        commonName: "etcd",
        // Both: etcd is also a client of itself for its gRPC gateway.
        usages: ["serverAuth", "clientAuth"],
        names: ["DNS:localhost", "IP:127.0.0.1"],
    },
    {
        name: "apiserver-etcd-client",
        authority: "etcd-ca",
        commonName: "kube-apiserver",
        usages: ["clientAuth"],
    },
    {
        name: "front-proxy-client",
        authority: "front-proxy-ca",
        commonName: "front-proxy-client",
        usages: ["clientAuth"],
    },
];

function client(name: string, commonName: string, organization?: string): CertificatePlan {
    const subject = organization === undefined ? { commonName } : { commonName, organization };
    return { name, authority: "ca", ...subject, usages: ["clientAuth"] };
}

/** Path of a certificate, its key, or the service accounts' key pair. */
export function pkiPath(name: string, kind: "crt" | "key" | "pub"): string {
    return join(paths.pki, `${name}.${kind}`);
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"] as const;

/** The openssl call that makes a self-signed authority in `directory`. */
function authorityCommand(authority: Authority, directory: string): [string, ...string[]] {
    return [
        ...request(directory, authority, `/CN=a4co-mesh ${authority}`),
        "-addext",
        "basicConstraints=critical,CA:TRUE,pathlen:0",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
        "-addext",
        "subjectKeyIdentifier=hash",
    ];
}

/** The openssl call that makes a key and a certificate signed by its authority in `directory`. */
function certificateCommand(plan: CertificatePlan, directory: string): [string, ...string[]] {
    const organization = plan.organization === undefined ? "" : `/O=${plan.organization}`;
    return [
        ...request(directory, plan.name, `${organization}/CN=${plan.commonName}`),
        "-CA",
        join(directory, `${plan.authority}.crt`),
        "-CAkey",
        join(directory, `${plan.authority}.key`),
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "keyUsage=critical,digitalSignature",
        "-addext",
        `extendedKeyUsage=${plan.usages.join(",")}`,
        ...(plan.names === undefined ? [] : ["-addext", `subjectAltName=${plan.names.join(",")}`]),
    ];
}

function request(directory: string, name: string, subject: string): [string, ...string[]] {
    return [
        "openssl",
        "req",
        "-x509",
        // The system's openssl.cnf would mark every certificate as an authority.
        "-config",
        join(directory, "openssl.cnf"),
        ...NEW_KEY,
        "-days",
        VALID_DAYS,
        "-subj",
        subject,
        "-keyout",
        join(directory, `${name}.key`),
        "-out",
        join(directory, `${name}.crt`),
    ];
}

/**
 * Makes the node's authorities, certificates and service-account keys, once: they are made in a directory aside
 * that takes its place as a whole, so an interrupted run starts over.
 *
 * @throws NodeError when openssl fails.
 */
export async function ensurePki(): Promise<void> {
    const present = await stat(paths.pki).catch(() => undefined);
    if (present !== undefined) {
        return;
    }
    const directory = join(STATE_DIR, "pki.new");
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(
        join(directory, "openssl.cnf"),
        "[req]\ndistinguished_name = dn\nstring_mask = utf8only\n[dn]\n",
    );
    await Promise.all(authorities.map((authority) => run(authorityCommand(authority, directory))));
    await Promise.all([
        ...certificates.map((plan) => run(certificateCommand(plan, directory))),
        serviceAccountKeys(directory),
    ]);
    for (const file of await readdir(directory)) {
        await chmod(join(directory, file), file.endsWith(".key") ? 0o600 : 0o644);
    }
    await rename(directory, paths.pki);
}

async function serviceAccountKeys(directory: string): Promise<void> {
    const key = join(directory, "service-account.key");
    await run([
        "openssl",
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
        key,
    ]);
    await run([
        "openssl",
        "pkey",
        "-in",
        key,
        "-pubout",
        "-out",
        join(directory, "service-account.pub"),
    ]);
}
