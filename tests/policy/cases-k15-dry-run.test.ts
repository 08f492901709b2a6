import { describeCases } from "./cases.ts";

describeCases("policies in dry run", {
    "c42-dry-run.yaml": [
        'advisory istio-authorization-policy-disallow-dry-run: AuthorizationPolicy shop/deny-admin: metadata.annotations["istio.io/dry-run"]: the policy is only tried out, and enforced by nobody; no dry run is allowed in production',
    ],
    "k15-dry-run-counts-nowhere.yaml": [
        "mandatory istio-namespace-enforce-deny-by-default: Namespace shop: has pods of the mesh, and nothing denies by default; an AuthorizationPolicy without selector that allows nothing is required",
        'advisory istio-authorization-policy-disallow-dry-run: AuthorizationPolicy shop/deny-all: metadata.annotations["istio.io/dry-run"]: the policy is only tried out, and enforced by nobody; no dry run is allowed in production',
    ],
});
