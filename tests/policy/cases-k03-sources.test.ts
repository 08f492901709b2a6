import { describeCases } from "./cases.ts";

describeCases("sources that name nobody in particular", {
    "c09-trust-domains-wildcard.yaml": [
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.trustDomains[0]: cluster.local is the mesh's own trust domain, which lets in everybody with an identity of the mesh; principals, namespaces or serviceAccounts are needed",
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[1].from[0].source.trustDomains[0]: * lets in everybody with an identity of the mesh; only full names are allowed",
    ],
    "k03-everybody.yaml": [
        "mandatory istio-authorization-policy-enforce-source: AuthorizationPolicy shop/cart: spec.rules[6].from: no source lets every caller in; every ALLOW rule must say who may call",
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[2].when[0].values[0]: cluster.local is the mesh's own trust domain, which lets in everybody with an identity of the mesh; principals, namespaces or serviceAccounts are needed",
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[3].from[0].source.principals[0]: */ns/front/sa/web lets in callers that nobody has named; only full names are allowed",
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.ipBlocks: 0.0.0.0/1, 128.0.0.0/1 together let in every address; only smaller ranges are allowed",
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[1].when[0].values: ::/1, 8000::/1 together let in every address; only smaller ranges are allowed",
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[4].from[0].source.requestPrincipals[0]: * lets in everybody with a token, whoever has issued it; <issuer>/<subject> or <issuer>/* is needed, or the caller's principal beside it",
        "mandatory istio-authorization-policy-disallow-wildcard-source: AuthorizationPolicy shop/cart: spec.rules[5].when[0].values[0]: https://* lets in everybody with a token, whoever has issued it; <issuer>/<subject> or <issuer>/* is needed, or the caller's principal beside it",
    ],
    "k03-narrowed.yaml": [],
});
