import { JAEGER, NEVER_INJECTED } from "#model/platform-names.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import type { ResourceRequirements, ContainerSecurityContext } from "../platform/chart-values.ts";
import { checksum, compact, LOCKED_DOWN } from "../platform/chart-values.ts";
import { BADGER_PATH, jaegerConfig } from "./jaeger-config.ts";

interface PersistentVolumeClaim {
    readonly apiVersion: "v1";
    readonly kind: "PersistentVolumeClaim";
    readonly metadata: {
        readonly name: string;
        readonly annotations: Readonly<Record<string, string>>;
    };
    readonly spec: {
        readonly accessModes: readonly ["ReadWriteOnce"];
        readonly resources: { readonly requests: { readonly storage: string } };
    };
}

/** The part of the values of chart `jaeger` that is set; the chart has no schema. */
export interface JaegerValues {
    readonly fullnameOverride: string;
    readonly jaeger: {
        readonly replicas: number;
        readonly image?:
            | {
                  readonly registry?: string | undefined;
                  readonly pullSecrets?: readonly string[] | undefined;
              }
            | undefined;
        readonly podLabels: Readonly<Record<string, string>>;
        readonly serviceAccount: { readonly automountServiceAccountToken: boolean };
        readonly resources: ResourceRequirements;
        readonly securityContext: ContainerSecurityContext;
        readonly strategy: { readonly type: "Recreate" };
        readonly extraVolumes?:
            | readonly {
                  readonly name: string;
                  readonly persistentVolumeClaim: { readonly claimName: string };
              }[]
            | undefined;
        readonly extraVolumeMounts?:
            | readonly {
                  readonly name: string;
                  readonly mountPath: string;
              }[]
            | undefined;
    };
    /** The only key the chart reads for a configuration; `config`, which its manual names, does nothing. */
    readonly userconfig: ReturnType<typeof jaegerConfig>;
    readonly extraObjects?: readonly PersistentVolumeClaim[] | undefined;
}

const CLAIM = "jaeger-badger";

/** Values of chart `jaeger`: one process with OTLP on `jaeger:4317` and its API on `jaeger:16686/jaeger`. */
export function jaegerValues(settings: PlatformSettings): JaegerValues {
    const large = settings.size === "large";
    const { addonRegistry, pullSecrets } = settings.images;
    const userconfig = jaegerConfig(settings.size);
    return compact<JaegerValues>({
        fullnameOverride: JAEGER,
        jaeger: {
            // Memory and Badger both belong to one process.
            replicas: 1,
            image:
                addonRegistry === undefined && pullSecrets === undefined
                    ? undefined
                    : { registry: addonRegistry, pullSecrets },
            // The chart restarts nothing on a new configuration and takes no annotations: a label does it.
            podLabels: {
                ...NEVER_INJECTED, // Short enough for a label's value.
                "config-hash": checksum(userconfig).slice(0, 16),
            },
            serviceAccount: { automountServiceAccountToken: false },
            resources: large
                ? { requests: { cpu: "200m", memory: "512Mi" }, limits: { memory: "2Gi" } }
                : { requests: { cpu: "20m", memory: "128Mi" }, limits: { memory: "512Mi" } },
            securityContext: LOCKED_DOWN,
            strategy: { type: "Recreate" },
            extraVolumes: large
                ? [{ name: "badger", persistentVolumeClaim: { claimName: CLAIM } }]
                : undefined,
            extraVolumeMounts: large ? [{ name: "badger", mountPath: BADGER_PATH }] : undefined,
        },
        userconfig,
        extraObjects: large ? [claim()] : undefined,
    });
}

/** The chart has no template for a volume. Uninstalling keeps this one: it holds a week of traces. */
function claim(): PersistentVolumeClaim {
    return {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: CLAIM, annotations: { "helm.sh/resource-policy": "keep" } },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } } },
    };
}
