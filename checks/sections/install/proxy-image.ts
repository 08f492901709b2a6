import { istiodValues } from "#components/platform/istiod-values.ts";
import type { MeshConfig } from "#stack/config.ts";
import { platformFrom } from "#stack/platform-keys.ts";
import { platformSettings } from "#stack/platform-settings.ts";

/** The image that the injector must give to a sidecar. */
export interface ProxyImage {
    /** Absent where the chart's own default decides. */
    readonly hub?: string;
    /** Repository and tag below the hub, or a whole reference by digest. */
    readonly reference: string;
}

/** The proxy's image as the chart values of this configuration name it. */
export function declaredProxyImage(config: MeshConfig): ProxyImage {
    const { hub, tag, variant, proxy } = istiodValues(
        platformSettings(platformFrom(config)),
    ).global;
    if (proxy.image !== undefined) {
        return { reference: proxy.image };
    }
    const suffix = variant === undefined ? "" : `-${variant}`;
    return {
        ...(hub !== undefined && { hub }),
        reference: `proxyv2:${tag}${suffix}`,
    };
}

/** Whether an image is the declared one. */
export function isProxyImage(image: string, { hub, reference }: ProxyImage): boolean {
    return hub === undefined
        ? image === reference || image.endsWith(`/${reference}`)
        : image === `${hub}/${reference}`;
}
