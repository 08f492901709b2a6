import { describeCases } from "./cases.ts";

describeCases("tokens and who requires them", {
    "c33-jwt-alone.yaml": [
        'mandatory istio-request-authentication-enforce-required-token: RequestAuthentication istio-system/jwt: spec.jwtRules: a request without a token is let in as before, since nothing requires one; an ALLOW with requestPrincipals, or a DENY with notRequestPrincipals: ["*"], is needed for these workloads',
    ],
    "k11-other-issuer.yaml": [
        'advisory istio-authorization-policy-disallow-dry-run: AuthorizationPolicy orders/orders-tried-out: metadata.annotations["istio.io/dry-run"]: the policy is only tried out, and enforced by nobody; no dry run is allowed in production',
        'mandatory istio-request-authentication-enforce-required-token: RequestAuthentication orders/orders: spec.jwtRules: a request without a token is let in as before, since nothing requires one; an ALLOW with requestPrincipals, or a DENY with notRequestPrincipals: ["*"], is needed for these workloads',
        "mandatory istio-authorization-policy-enforce-known-issuer: AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.requestPrincipals[0]: https://idp.exmaple.com/* is of no issuer that is accepted here, so no request has it; the nearest issuer is https://idp.example.com",
        "mandatory istio-authorization-policy-enforce-known-issuer: AuthorizationPolicy shop/cart: spec.rules[1].when[0].values[0]: https://idp.example.com/ is of no issuer that is accepted here, so no request has it; the nearest issuer is https://idp.example.com",
        "mandatory istio-authorization-policy-enforce-known-issuer: AuthorizationPolicy shop/web: spec.rules[0].from[0].source.notRequestPrincipals: no RequestAuthentication of the stack accepts tokens for these workloads, so no request has one; one with the issuer of these tokens is needed",
    ],
    "k11-required.yaml": [],
});
