import type { Check } from "../../check.ts";
import { closedMesh } from "../../closed/closed-mesh.ts";
import { outcomeOf } from "../../closed/finding.ts";
import type { Area } from "../../closed/inventory.ts";
import { AREAS } from "../../closed/inventory.ts";

interface Words {
    readonly what: string;
    readonly documentation: Check["documentation"];
}

const WORDS: Readonly<Record<Area, Words>> = {
    networking: {
        what: "every route, gateway, host and filter of Istio's is declared",
        documentation: "https://istio.io/latest/docs/reference/config/networking/",
    },
    security: {
        what: "every policy of Istio's is declared",
        documentation: "https://istio.io/latest/docs/reference/config/security/",
    },
    telemetry: {
        what: "every Telemetry is declared",
        documentation: "https://istio.io/latest/docs/reference/config/telemetry/",
    },
    extensions: {
        what: "nothing undeclared is loaded into proxies",
        documentation: "https://istio.io/latest/docs/reference/config/proxy_extensions/",
    },
    "gateway-api": {
        what: "nothing undeclared of the Gateway API, and no Ingress, leads into the mesh",
        documentation: "https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/",
    },
    services: {
        what: "only declared Services and EndpointSlices lead to the mesh's pods",
        documentation: "https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/",
    },
    "network-policies": {
        what: "every NetworkPolicy of the mesh's namespaces is declared",
        documentation: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    },
    webhooks: {
        what: "no undeclared webhook or admission policy touches the mesh's pods",
        documentation:
            "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
    },
    namespaces: {
        what: "the mesh's namespaces tell Istio what is declared",
        documentation:
            "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy",
    },
    "mesh-config": {
        what: "istiod is told what its chart says",
        documentation: "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/",
    },
};

/** Every object that can change how the mesh behaves is the stack's own, and as it was declared. */
export function objectChecks(): Check[] {
    return AREAS.map((area): Check => {
        const { what, documentation } = WORDS[area];
        return {
            id: `closed/objects/${area}`,
            title: what,
            documentation,
            run: async (live) => outcomeOf(what, (await closedMesh(live))[area]),
        };
    });
}
