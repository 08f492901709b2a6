import type { PlatformSettings } from "#stack/platform-settings.ts";

/** The part of the values of chart `base` that is set. */
export interface BaseValues {
    readonly defaultRevision: string;
    readonly base: {
        readonly enableCRDTemplates: boolean;
        readonly enableIstioConfigCRDs: boolean;
    };
    readonly global: { readonly istioNamespace: string };
}

/** Values of chart `base`: Istio's custom resource definitions and its default validator. */
export function baseValues(settings: PlatformSettings): BaseValues {
    return {
        defaultRevision: "default",
        // As templates the definitions are upgraded with the release; Helm never touches a `crds` folder again.
        base: { enableCRDTemplates: true, enableIstioConfigCRDs: true },
        global: { istioNamespace: settings.controlPlaneNamespace },
    };
}
