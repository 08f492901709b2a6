import { resolve } from "node:path";
import { InputPropertyError } from "@pulumi/pulumi";
import { ADDON_PORTS } from "./addon-endpoints.ts";
import { findingsIn } from "./config-errors.ts";
import type { ConfigProblem } from "./config-errors.ts";
import { platformProblems } from "./config-rules.ts";
import { platformFrom, platformSchema } from "./platform-keys.ts";
import type { PlatformInput, PlatformKeys } from "./platform-keys.ts";

/** Where Helm charts are taken from. A mirror or folder holds every chart under its own name. */
export type ChartSource =
    | { readonly kind: "repository" }
    | {
          readonly kind: "oci";
          /** Registry and path below which the charts lie, with or without `oci://`. */
          readonly registry: string;
      }
    | {
          readonly kind: "folder";
          /** Folder with `base`, `istiod`, `gateway`, `prometheus`, `grafana`, `jaeger`, `kiali-server`. */
          readonly path: string;
      };

/** Base URLs under which a browser reaches the addons, without Jaeger's and Kiali's own path. */
interface AddonUrls {
    readonly grafana: string;
    readonly jaeger: string;
    readonly kiali: string;
}

/** Everything that the charts' values are derived from, complete. */
export interface PlatformSettings extends Omit<
    PlatformKeys,
    "charts" | "addonUrls" | "kialiOpenId"
> {
    readonly charts: ChartSource;
    readonly addonUrls: AddonUrls;
    readonly kialiOpenId: { readonly issuerUri: string; readonly clientId: string } | undefined;
}

/**
 * Checks what a platform is told, and completes it.
 *
 * @throws InputPropertyError with the first thing that is wrong: a value, a contradiction, what prod cannot be given
 */
export function platformSettings(input: PlatformInput): PlatformSettings {
    const given = platformFrom(input);
    const parsed = platformSchema.safeParse(given);
    const [problem]: readonly ConfigProblem[] = parsed.success
        ? platformProblems(parsed.data)
        : findingsIn(parsed.error.issues, given, platformSchema);
    if (!parsed.success || problem !== undefined) {
        const { key = "", reason = "" } = problem ?? {};
        throw new InputPropertyError({ propertyPath: key, reason: `${key}: ${reason}` });
    }
    const keys = parsed.data;
    const { issuerUri, clientId } = keys.kialiOpenId;
    return {
        ...keys,
        charts: chartSource(keys.charts),
        addonUrls: {
            grafana: addonUrl("grafana", keys),
            jaeger: addonUrl("jaeger", keys),
            kiali: addonUrl("kiali", keys),
        },
        kialiOpenId:
            issuerUri !== undefined && clientId !== undefined ? { issuerUri, clientId } : undefined,
    };
}

/** Where charts come from; a relative folder lies below the checkout. */
function chartSource(charts: string): ChartSource {
    if (charts === "repository") {
        return { kind: "repository" };
    }
    return charts.startsWith("oci://")
        ? { kind: "oci", registry: charts }
        : { kind: "folder", path: resolve(import.meta.dirname, "..", charts) };
}

/** Without a word: below the domain of a large platform, and a port-forward of a small one. */
function addonUrl(name: keyof AddonUrls, { size, domain, addonUrls }: PlatformKeys): string {
    const fallback =
        size === "large" ? `https://${name}.${domain}` : `http://localhost:${ADDON_PORTS[name]}`;
    return (addonUrls[name] ?? fallback).replace(/\/+$/, "");
}
