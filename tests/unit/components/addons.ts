import { grafanaValues } from "#components/addons/grafana-values.ts";
import { jaegerValues } from "#components/addons/jaeger-values.ts";
import { kialiValues } from "#components/addons/kiali-values.ts";
import { prometheusValues } from "#components/addons/prometheus-values.ts";
import type { PlatformInput } from "#stack/platform-keys.ts";
import { platformSettings } from "#stack/platform-settings.ts";

/** Values of chart prometheus as a platform has them. */
export const prometheus = (settings: PlatformInput): ReturnType<typeof prometheusValues> =>
    prometheusValues(platformSettings(settings));
/** Values of chart grafana as a platform has them. */
export const grafana = (settings: PlatformInput): ReturnType<typeof grafanaValues> =>
    grafanaValues(platformSettings(settings));
/** Values of chart jaeger as a platform has them. */
export const jaeger = (settings: PlatformInput): ReturnType<typeof jaegerValues> =>
    jaegerValues(platformSettings(settings));
/** Values of chart kiali as a platform has them. */
export const kiali = (settings: PlatformInput): ReturnType<typeof kialiValues> =>
    kialiValues(platformSettings(settings));
