import { describeCases } from "./cases.ts";

describeCases("gateways by whatever makes them one", {
    "c16-helm-gateway-other-name.yaml": [],
    "c18-gateway-deployment-no-sidecar.yaml": [],
    "k05-gateways.yaml": [],
    "k05-shared-label.yaml": [
        "mandatory istio-authorization-policy-enforce-source: AuthorizationPolicy shop/web: spec.rules[0].from: no source lets every caller in; every ALLOW rule must say who may call",
        "mandatory istio-authorization-policy-enforce-source: AuthorizationPolicy stock/elsewhere: spec.rules[0].from: no source lets every caller in; every ALLOW rule must say who may call",
    ],
});
