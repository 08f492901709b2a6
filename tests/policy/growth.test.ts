import assert from "node:assert/strict";
import { checkResources } from "#policy/check.ts";
import { Field, UnknownValue } from "#policy/field.ts";
import { rules } from "#policy/rules/index.ts";
import { DEFAULT_SETTINGS } from "#policy/settings.ts";
import { indexOf } from "#policy/stack.ts";
import { UNKNOWN } from "#policy/known.ts";
import type { Manifest } from "./manifests.ts";
import { manifest } from "./manifests.ts";

const NETWORKING = "networking.istio.io/v1";
const SECURITY = "security.istio.io/v1";

/** One service of many in a namespace, with all that Istio can be told of it; its caller is the one before. */
function serviceWith(namespace: string, name: string, caller: string): readonly Manifest[] {
    const place = `${namespace}/${name}`;
    const host = `${name}.${namespace}.svc.cluster.local`;
    const labels = { app: name };
    const selector = { matchLabels: labels };
    const destination = { host, subset: "v1", port: { number: 80 } };
    const route = { timeout: "5s", retries: { attempts: 0 }, route: [{ destination }] };
    const issuer = `https://${name}.example.com`;
    const container = { name: "app", image: "ghcr.io/a4co/app:1.0.0" };
    return [
        manifest("v1", "ServiceAccount", place),
        manifest("v1", "Service", place, {
            selector: labels,
            ports: [{ name: "http", port: 80, targetPort: 8080 }],
        }),
        manifest("apps/v1", "Deployment", place, {
            selector,
            template: {
                metadata: { labels },
                spec: { serviceAccountName: name, containers: [container] },
            },
        }),
        manifest(NETWORKING, "DestinationRule", place, {
            host,
            trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } },
            subsets: [{ name: "v1", labels }],
        }),
        manifest(NETWORKING, "Gateway", place, {
            selector: { istio: "ingressgateway" },
            servers: [
                {
                    port: { number: 443, name: "https", protocol: "HTTPS" },
                    tls: { mode: "SIMPLE", credentialName: name },
                    hosts: [`${name}.example.com`],
                },
            ],
        }),
        manifest(NETWORKING, "VirtualService", place, {
            hosts: [`${name}.example.com`, host],
            gateways: [name, "mesh"],
            http: [route],
        }),
        manifest(NETWORKING, "Sidecar", place, {
            workloadSelector: { labels },
            egress: [{ hosts: [`./${caller}.${namespace}.svc.cluster.local`] }],
        }),
        manifest(NETWORKING, "ServiceEntry", place, {
            hosts: [`${name}.example.org`],
            resolution: "DNS",
            ports: [{ number: 443, name: "tls", protocol: "TLS" }],
        }),
        manifest(SECURITY, "RequestAuthentication", place, {
            selector,
            jwtRules: [{ issuer, jwksUri: `${issuer}/keys` }],
        }),
        manifest(SECURITY, "AuthorizationPolicy", place, {
            selector,
            action: "ALLOW",
            rules: [
                {
                    from: [
                        {
                            source: {
                                principals: [`cluster.local/ns/${namespace}/sa/${caller}`],
                                requestPrincipals: [`${issuer}/*`],
                            },
                        },
                    ],
                    to: [{ operation: { methods: ["GET"], paths: ["/"] } }],
                },
            ],
        }),
    ];
}

/** Half of the services share a namespace, and each other has one of its own. */
function stackOf(services: number): readonly Manifest[] {
    const namespaceOf = (index: number): string => (index % 2 === 0 ? "shared" : `own-${index}`);
    const indexes = Array.from({ length: services }, (_, index) => index);
    const namespaces = [...new Set(indexes.map(namespaceOf))].map((name) =>
        manifest("v1", "Namespace", name, undefined, { labels: { "istio-injection": "enabled" } }),
    );
    return [
        ...namespaces,
        ...indexes.flatMap((index) => {
            const caller = index % 2 === 0 ? (index + 2) % services : index;
            return serviceWith(namespaceOf(index), `service-${index}`, `service-${caller}`);
        }),
    ];
}

/** How many steps into objects the whole pack takes to judge a stack. */
function stepsFor(services: number): number {
    const resources = stackOf(services).map(({ type, name, props }, index) => ({
        type,
        name,
        urn: `urn:pulumi:test::test::${type}::${name}-${index}`,
        props,
    }));
    const original = Reflect.get(Field.prototype, "at");
    let steps = 0;
    Field.prototype.at = function (...path) {
        steps += path.length;
        return Reflect.apply(original, this, path);
    };
    try {
        const levelOf = ({ level }: (typeof rules)[number]): typeof level => level;
        checkResources(rules, resources, { settings: DEFAULT_SETTINGS, levelOf, now: new Date() });
    } finally {
        Field.prototype.at = original;
    }
    return steps;
}

describe("what the pack does for a stack", () => {
    it("grows with the stack, and not with its square", () => {
        const [few, many] = [stepsFor(20), stepsFor(100)];
        assert.ok(few > 1000);
        const exponent = Math.log(many / few) / Math.log(100 / 20);
        assert.ok(exponent <= 1.2, `an exponent of ${exponent.toFixed(2)}`);
    });
});

describe("an index", () => {
    const field = new Field({} as Field["object"], "spec.host", UNKNOWN);
    const keysOf = (text: string): readonly string[] => {
        if (text === "unknown") {
            throw new UnknownValue(field, UNKNOWN);
        }
        return Array.from(text);
    };

    for (const [keys, wanted] of [
        [["a"], ["ab", "unknown", "ca"]],
        [["b"], ["ab", "unknown", "bc"]],
        [
            ["c", "a"],
            ["ab", "unknown", "bc", "ca"],
        ],
        [["d"], ["unknown"]],
        [[], ["unknown"]],
    ] as const) {
        it(`finds by ${keys.join(" or ") || "nothing"} each element once, in order, and what nobody can tell`, () => {
            const index = indexOf(["ab", "unknown", "bc", "ca"], keysOf);
            assert.deepEqual([index.get(...keys), index.get(...keys)], [wanted, wanted]);
        });
    }

    it("reads each element once, however often it is asked", () => {
        let reads = 0;
        const index = indexOf(["ab", "bc"], (text) => {
            reads += 1;
            return keysOf(text);
        });
        for (const key of ["a", "b", "c", "b"]) {
            index.get(key);
        }
        assert.equal(reads, 2);
        assert.deepEqual(index.get("b"), ["ab", "bc"]);
    });
});
