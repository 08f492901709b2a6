import { describeCases } from "./cases.ts";

describeCases("the same said by a condition", {
    "c45-tcp-by-condition.yaml": [],
    "k16-conditions.yaml": [
        "mandatory istio-authorization-policy-disallow-negative-allow: AuthorizationPolicy shop/cart: spec.rules[3].when[0].notValues: lets in everything but what it names; an ALLOW may only name what it lets in; exceptions belong in a DENY",
        "mandatory istio-authorization-policy-disallow-deny-by-path: AuthorizationPolicy shop/deny: spec.rules[0].when[0].values[0]: /admin can be reached by another spelling of the path, which is not denied; an ALLOW of the paths that are meant, or notPaths, is allowed",
        "mandatory istio-authorization-policy-enforce-paths-and-methods: AuthorizationPolicy shop/cart: spec.rules[1].when[0].values[0]: /* stands for all paths; an ALLOW names the paths and methods of HTTP, or only the ports of TCP",
        "mandatory istio-authorization-policy-enforce-paths-and-methods: AuthorizationPolicy shop/cart: spec.rules[2].to: no methods stands for all of them; an ALLOW names the paths and methods of HTTP, or only the ports of TCP",
        "mandatory istio-authorization-policy-disallow-http-by-port: AuthorizationPolicy shop/cart: spec.rules[0].when[0].values[0]: 8080 is a port of HTTP, so every path and method is let in; an ALLOW on HTTP names paths and methods",
    ],
    "k16-right.yaml": [],
});
