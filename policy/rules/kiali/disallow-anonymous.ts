import { KIALI, kialiOf } from "../../console-chart.ts";
import { HELM } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Nobody changes the mesh without a name. */
export const kialiDisallowAnonymous: ObjectRule = {
    name: "istio-kiali-disallow-anonymous",
    severity: "critical",
    level: "mandatory",
    description:
        "Kiali asks who is there in production, and lets nobody without a name change anything anywhere. Otherwise whoever reaches its port creates, changes and deletes every VirtualService, AuthorizationPolicy and PeerAuthentication with Kiali's own rights.",
    remediation: [
        "Set auth.strategy to token, openid or openshift in production.",
        "Elsewhere set deployment.view_only_mode to true beside anonymous.",
    ],
    url: "https://kiali.io/docs/configuration/authentication/anonymous/",
    exemptible: "outside production",
    selects: [KIALI, ...HELM],
    checkObject: (object, { settings: { production } }) => {
        const kiali = kialiOf(object);
        if (kiali === undefined) {
            return [];
        }
        const strategy = kiali.at("auth", "strategy");
        if (strategy.text() !== "anonymous") {
            return [];
        }
        if (production) {
            return [
                strategy.finding(
                    "anonymous opens Kiali to whoever reaches it",
                    "token, openid, openshift or header is required in production",
                ),
            ];
        }
        const viewOnly = kiali.at("deployment", "view_only_mode");
        return viewOnly.flag() === true
            ? []
            : [
                  viewOnly.finding(
                      "an anonymous Kiali that may change the mesh",
                      "true is required beside anonymous",
                  ),
              ];
    },
};
