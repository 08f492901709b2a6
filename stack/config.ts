// Not the whole SDK, which takes a second to load: commands read stacks, too.
import { RunError } from "@pulumi/pulumi/errors.js";
import type { z } from "zod";
import type { TelemetryIntent } from "#model/baseline.ts";
import type { Collector } from "#model/collector.ts";
import type { GuardIntent } from "#model/guard.ts";
import type { CanaryIntent, Catalog } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import type { FaultIntent } from "#model/routing.ts";
import { addonEndpoints } from "./addon-endpoints.ts";
import { readCatalog } from "./catalog.ts";
import { findingsIn } from "./config-errors.ts";
import { holdsText } from "./config-keys.ts";
import {
    canaryProblems,
    guardIsOn,
    guardProblems,
    platformProblems,
    productionProblems,
    referenceProblems,
} from "./config-rules.ts";
import { OWN, prototypeKeys, strayKeys } from "./config-namespaces.ts";
import type { ConfigKeys } from "./config-schema.ts";
import { configSchema as schema } from "./config-schema.ts";

const PREFIX = `${OWN}:`;

/** A stack's whole configuration, defaults filled in, already known to be sound for its environment. */
export interface MeshConfig extends Omit<ConfigKeys, "replicas" | "faults" | "canaries" | "guard"> {
    /** Pods of each version of each service of the catalogue. */
    readonly replicas: Readonly<Record<string, number>>;
    readonly faults: Readonly<Record<string, FaultIntent>>;
    readonly canaries: Readonly<Record<string, CanaryIntent>>;
    readonly guard: {
        /** Whether the API server lets the deployers alone change the mesh. */
        readonly enabled: boolean;
        readonly breakGlassGroup?: string;
    };
}

/** A value as the program sees it; text that should be JSON and is not stays text, for the schema to refuse. */
function decode(key: string, text: string): unknown {
    if (holdsText(key)) {
        return text;
    }
    try {
        const value: unknown = JSON.parse(text);
        return value;
    } catch {
        return text;
    }
}

/** The program's own keys without their namespace. None is assigned: that is how `__proto__` would be lost. */
function ownValues(raw: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(raw).flatMap(([key, text]) => {
            const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
            return name === undefined || text === undefined ? [] : [[name, decode(name, text)]];
        }),
    );
}

/**
 * Reads a stack's configuration as a whole.
 *
 * @param raw keys with their namespace, values as Pulumi hands them over (objects as JSON)
 * @param declared the services that `replicas`, `faults` and `serviceImages` may name, read as untrusted
 * @throws RunError with one line a problem: unknown keys, wrong types and ranges, services that do not exist,
 * an unsound catalogue, and everything that `prod` cannot be given
 */
export function loadMeshConfig(
    raw: Readonly<Record<string, string | undefined>>,
    declared: Catalog,
): MeshConfig {
    const values = ownValues(raw);
    const parsed = schema.safeParse(values);
    const { catalog, problems } = readCatalog(declared);
    const inKeys = keyProblems(raw, values, parsed.error);
    if (parsed.success && catalog !== undefined) {
        const config = withDeclared(parsed.data, catalog);
        const all = [...problems, ...inKeys, ...rulesBroken(parsed.data, config, catalog)];
        if (all.length === 0) {
            return config;
        }
        throw unsound(all);
    }
    throw unsound([...problems, ...inKeys]);
}

/** What the schema says of the keys, and what it never sees of them. */
function keyProblems(
    raw: Readonly<Record<string, string | undefined>>,
    values: Readonly<Record<string, unknown>>,
    error: z.ZodError | undefined,
): string[] {
    const findings = findingsIn(error?.issues ?? [], values, schema);
    const found = new Set(findings.map(({ key }) => key));
    const lost = prototypeKeys(values).filter(({ key }) => !found.has(key));
    return [
        ...strayKeys(Object.keys(raw)).map(({ key, reason }) => `${key}: ${reason}`),
        ...[...lost, ...findings].map(({ key, reason }) => `${PREFIX}${key}: ${reason}`),
    ];
}

/** The configuration with what the services declare where it says nothing. */
function withDeclared(keys: ConfigKeys, { services }: Catalog): MeshConfig {
    const replicas = Object.fromEntries(
        services.map((service) => [service.name, keys.replicas[service.name] ?? service.replicas]),
    );
    return { ...keys, replicas, guard: { ...keys.guard, enabled: guardIsOn(keys) } };
}

/** What is wrong between keys, and between them and the catalogue. */
function rulesBroken(keys: ConfigKeys, { replicas }: MeshConfig, catalog: Catalog): string[] {
    return [
        ...platformProblems(keys).map(({ key, reason }) => `${key}: ${reason}`),
        ...referenceProblems(keys, catalog),
        ...canaryProblems(keys, catalog),
        ...productionProblems(keys, replicas),
        ...guardProblems(keys, catalog),
    ].map((problem) => PREFIX + problem);
}

/** Problems that are listed: whoever has more begins with these. */
const LISTED = 50;
/** Characters of one of them. */
const LENGTH = 600;

/** A line that stays one, whatever somebody has given a name. */
function oneLine(text: string): string {
    const printable = text.replace(
        /[\p{C}\p{Zl}\p{Zp}]/gu,
        (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`,
    );
    return printable.length > LENGTH ? `${printable.slice(0, LENGTH - 1)}…` : printable;
}

function unsound(problems: readonly string[]): RunError {
    const more = problems.length - LISTED;
    const lines = [...problems.slice(0, LISTED), ...(more > 0 ? [`and ${more} more`] : [])].map(
        (line) => `  ${oneLine(line)}`,
    );
    return new RunError(
        `the stack's configuration is not sound (${problems.length} ${problems.length === 1 ? "problem" : "problems"}); nothing was changed\n${lines.join("\n")}`,
    );
}

/** What the derivations of `model/` need to know of the mesh. */
export function meshContext(config: MeshConfig): MeshContext {
    const { namespace, controlPlaneNamespace, domain, trustDomain } = config;
    const { collector } = addonEndpoints(config);
    return {
        namespace,
        controlPlaneNamespace,
        domain,
        trustDomain,
        ...(collector !== undefined && {
            // Of a host outside the baseline makes an entry in the root namespace.
            collector: `${collector.namespace ?? controlPlaneNamespace}/${collector.host}`,
        }),
    };
}

/** Who may change the mesh, as a stack's configuration wants it. */
export function guardFrom({ guard, deployers }: MeshConfig, stack: string): GuardIntent {
    const { breakGlassGroup } = guard;
    return { stack, deployers, ...(breakGlassGroup !== undefined && { breakGlassGroup }) };
}

/** Which cluster, as Pulumi's own provider is told. */
export interface ClusterAccess {
    /** Pulumi's `kubernetes:kubeconfig`: a file's path or its content. Default: what kubectl would use. */
    readonly kubeconfig?: string;
    /** Pulumi's `kubernetes:context`. Default: the kubeconfig's current one. */
    readonly kubeContext?: string;
}

/** The cluster Pulumi's own provider is told to use; without these settings both take what kubectl would. */
export function clusterAccess(raw: Readonly<Record<string, string | undefined>>): ClusterAccess {
    const { "kubernetes:kubeconfig": kubeconfig, "kubernetes:context": kubeContext } = raw;
    return {
        ...(kubeconfig !== undefined && { kubeconfig }),
        ...(kubeContext !== undefined && { kubeContext }),
    };
}

/** Where the gateway's certificate comes from. */
type CertificateSource =
    | { readonly from: "existing" }
    | {
          readonly from: "cert-manager";
          readonly kind: "Issuer" | "ClusterIssuer";
          readonly name: string;
      };

/** What holds for the whole mesh, apart from the names in it. */
export interface BaselineSettings {
    readonly telemetry: TelemetryIntent;
    /**
     * `existing`: a Secret of type `kubernetes.io/tls` named `a4co-tls-cert` in the gateway pods' namespace, which
     * this program neither makes nor reads. `cert-manager`: a Certificate that keeps such a Secret up to date.
     */
    readonly certificate: CertificateSource;
    /** Whether port 80 of the gateway only redirects to HTTPS. */
    readonly redirectHttp: boolean;
    /** Where somebody else takes the spans; `undefined` where that is the stack's own Jaeger, or nobody. */
    readonly collector: Collector | undefined;
}

function certificateSource(certificate: string): CertificateSource {
    const [kind, name] = certificate.split("/");
    return name !== undefined && (kind === "Issuer" || kind === "ClusterIssuer")
        ? { from: "cert-manager", kind, name }
        : { from: "existing" };
}

/** What holds for the whole mesh, as a stack's configuration wants it. */
export function baselineFrom(config: MeshConfig): BaselineSettings {
    const { collector } = addonEndpoints(config);
    return {
        telemetry: {
            environment: config.environment,
            clusterName: config.clusterName,
            samplingPercent: collector === undefined ? undefined : config.samplingPercent,
            metrics: !config.stockEnvoy,
        },
        certificate: certificateSource(config.certificate),
        // In dev a plain curl should work; everywhere else nothing is served in clear.
        redirectHttp: config.environment !== "dev",
        collector: config.addons.jaeger === true ? undefined : collector,
    };
}

/** What the Prometheus operator finds this program's monitors by. */
export interface MonitoredBy {
    /** Labels that its Prometheus selects monitors and rules by. */
    readonly labels: Readonly<Record<string, string>>;
}

/** The operator that scrapes the mesh; `undefined` where annotations say what is scraped. */
export function operatorFrom({
    prometheusOperator: { enabled, labels },
}: Pick<ConfigKeys, "prometheusOperator">): MonitoredBy | undefined {
    return enabled ? { labels } : undefined;
}
