import { InputPropertyError } from "@pulumi/pulumi/errors.js";
import { serviceOf } from "./addon-addresses.ts";
import { ADDON_PORTS, addonEndpoints } from "./addon-endpoints.ts";
import { findingsIn } from "./config-errors.ts";
import type { ConfigProblem } from "./config-errors.ts";
import { platformProblems } from "./config-rules.ts";
import { platformFrom, platformSchema } from "./platform-keys.ts";
import type { PlatformInput, PlatformKeys } from "./platform-keys.ts";

/** Everything that the charts' values are derived from, complete. */
export interface PlatformSettings extends Omit<PlatformKeys, "addonUrls" | "kialiOpenId"> {
    /** Base URLs under which a browser reaches the addons, without the path of the stack's own Jaeger and Kiali. */
    readonly addonUrls: Readonly<Required<PlatformKeys["addonUrls"]>>;
    readonly kialiOpenId: Readonly<Required<PlatformKeys["kialiOpenId"]>> | undefined;
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
        addonUrls: {
            grafana: addonUrl("grafana", keys),
            jaeger: addonUrl("jaeger", keys),
            kiali: addonUrl("kiali", keys),
        },
        kialiOpenId:
            issuerUri !== undefined && clientId !== undefined ? { issuerUri, clientId } : undefined,
    };
}

/**
 * Without a word: the address of one outside the cluster, else below the domain of a large platform, and a port-forward
 * of a small one.
 */
function addonUrl(name: keyof PlatformSettings["addonUrls"], keys: PlatformKeys): string {
    const { size, domain, addonUrls } = keys;
    const fallback =
        outside(name, keys) ??
        (size === "large" ? `https://${name}.${domain}` : `http://localhost:${ADDON_PORTS[name]}`);
    return (addonUrls[name] ?? fallback).replace(/(?<!\/)\/+$/, "");
}

function outside(
    name: keyof PlatformSettings["addonUrls"],
    keys: PlatformKeys,
): string | undefined {
    const { grafana, jaegerHttp } = addonEndpoints(keys);
    const address = { grafana, jaeger: jaegerHttp, kiali: undefined }[name];
    return address !== undefined && serviceOf(address) === undefined ? address : undefined;
}
