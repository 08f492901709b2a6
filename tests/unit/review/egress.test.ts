import assert from "node:assert/strict";
import { Unknown } from "#policy/known.ts";
import { compareEgress } from "#review/egress.ts";
import { networking, service, SHOP, written } from "./shop.ts";
import { subjectOf } from "./subject.ts";

function istiod(mesh: string): string {
    return `
apiVersion: helm.sh/v3
kind: Release
name: istiod
namespace: istio-system
chart: istiod
values: { meshConfig: { ${mesh} } }`;
}

const CLOSED = istiod("outboundTrafficPolicy: { mode: REGISTRY_ONLY }");
const OPEN = istiod("outboundTrafficPolicy: { mode: ALLOW_ANY }");

function entry(
    hosts: string,
    more = "",
    port = "{ number: 443, name: tls, protocol: TLS }",
): string {
    return networking(
        "ServiceEntry",
        "bank",
        `{ hosts: [${hosts}], ports: [${port}], resolution: DNS, ${more} }`,
    );
}

function sidecar(app: string, spec: string): string {
    return networking("Sidecar", app, `{ workloadSelector: { labels: { app: ${app} } }, ${spec} }`);
}

function assertEgress(
    before: readonly string[],
    after: readonly string[],
    ...expected: readonly string[]
): void {
    const changes = compareEgress(subjectOf(SHOP, ...before), subjectOf(SHOP, ...after));
    assert.deepStrictEqual(changes.map(written), expected);
}

const WAY = "[a way out of the mesh that was not there]";
const ANYTHING = "[whoever takes it over can send anything anywhere]";

describe("The ways out of a mesh", () => {
    it("are all of them where the mesh knows no bounds", () => {
        assertEgress(
            [CLOSED],
            [OPEN],
            `! the mesh lets workloads call any host outside, was those hosts outside that are known ${ANYTHING}`,
        );
        // It is Istio's default.
        assertEgress(
            [CLOSED],
            [istiod("accessLogFile: /dev/stdout")],
            `! the mesh lets workloads call any host outside, was those hosts outside that are known ${ANYTHING}`,
        );
        assertEgress([OPEN], [istiod("accessLogFile: /dev/stdout")]);
        assertEgress(
            [OPEN],
            [CLOSED],
            "the mesh lets workloads call those hosts outside that are known, was any host outside",
        );
    });

    it("are more by a ServiceEntry, unless every host could be called before", () => {
        assertEgress(
            [CLOSED],
            [CLOSED, entry("bank.example")],
            `! every workload may call bank.example:443 now ${WAY}`,
        );
        assertEgress(
            [],
            [entry("bank.example")],
            `! every workload may call bank.example:443 now ${WAY}`,
        );
        assertEgress(
            [OPEN],
            [OPEN, entry("bank.example")],
            "every workload may call bank.example:443 now, as any host outside",
        );
        const inside = "location: MESH_INTERNAL, workloadSelector: { labels: { app: payment } }";
        assertEgress([CLOSED], [CLOSED, entry("db.shop", inside)]);
        // Whoever only says that it is inside is believed by nobody.
        assertEgress(
            [CLOSED],
            [CLOSED, entry("bank.example", "location: MESH_INTERNAL")],
            `! every workload may call bank.example:443 now ${WAY}`,
        );
        assertEgress(
            [CLOSED, entry("bank.example")],
            [CLOSED, entry("bank.example", "location: MESH_INTERNAL")],
        );
        assertEgress(
            [CLOSED, entry("bank.example")],
            [CLOSED],
            "every workload may no longer call bank.example:443",
        );
        const renamed = entry("bank.example").replace("name: bank,", "name: other,");
        assertEgress([CLOSED, entry("bank.example")], [CLOSED, renamed]);
    });

    it("are more by a wildcard, and no more below one", () => {
        assertEgress(
            [CLOSED, entry("a.example")],
            [CLOSED, entry("'*.example'")],
            `! every workload may call *.example:443 now ${WAY}`,
        );
        assertEgress([CLOSED, entry("'*.example'")], [CLOSED, entry("'*.example', a.example")]);
        assertEgress(
            [CLOSED, entry("bank.example")],
            [
                CLOSED,
                entry(
                    "bank.example",
                    "",
                    "{ number: 443, name: tls, protocol: TLS }, { number: 80, name: http, protocol: HTTP }",
                ),
            ],
            `! every workload may call bank.example:80 in plain text now ${WAY}`,
        );
    });

    it("are those that a namespace is shown, and that a Sidecar lets through", () => {
        assertEgress(
            [CLOSED, entry("bank.example", "exportTo: [elsewhere]")],
            [CLOSED, entry("bank.example", "exportTo: ['.']")],
            `! every workload may call bank.example:443 now ${WAY}`,
        );
        const scope = (hosts: string): string =>
            sidecar("order", `egress: [{ hosts: [${hosts}] }]`);
        const others = sidecar("payment", "egress: [{ hosts: [istio-system/*] }]");
        assertEgress(
            [CLOSED, entry("bank.example"), others, scope("./payment.shop.svc.cluster.local")],
            [
                CLOSED,
                entry("bank.example"),
                others,
                scope("./payment.shop.svc.cluster.local, ./bank.example"),
            ],
            `! order may call bank.example:443 now ${WAY}`,
        );
    });

    it("are more by the word of a Sidecar, or where that goes", () => {
        const any = sidecar("order", "outboundTrafficPolicy: { mode: ALLOW_ANY }");
        const known = sidecar("order", "outboundTrafficPolicy: { mode: REGISTRY_ONLY }");
        const opened = `! order may call any host outside now, was those hosts outside that are known ${ANYTHING}`;
        assertEgress([CLOSED], [CLOSED, any], opened);
        assertEgress([OPEN, known], [OPEN], opened);
        assertEgress([CLOSED, known], [CLOSED]);
        assertEgress(
            [CLOSED, any],
            [CLOSED, known],
            "order may call those hosts outside that are known now, was any host outside",
        );
    });

    it("are nothing weaker that a new workload brings", () => {
        assertEgress([CLOSED], [CLOSED, service("stock", 1)]);
    });

    it("are told of how they are protected", () => {
        const originate = (tls: string): string =>
            networking(
                "DestinationRule",
                "bank",
                `{ host: bank.example, trafficPolicy: { tls: { ${tls} } } }`,
            );
        const http = entry(
            "bank.example",
            "",
            "{ number: 80, name: http, protocol: HTTP, targetPort: 443 }",
        );
        const named = originate("mode: SIMPLE, subjectAltNames: [bank.example]");
        const plain =
            "! bank.example:80 is called with plain text, was TLS of the proxy [what is sent can be read and changed on its way]";
        assertEgress([CLOSED, http, named], [CLOSED, http], plain);
        assertEgress([CLOSED, http, named], [CLOSED, http, originate("mode: DISABLE")], plain);
        assertEgress(
            [CLOSED, http, named],
            [
                CLOSED,
                http,
                originate(
                    "mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [bank.example]",
                ),
            ],
            "! bank.example:80 is called without a look at its certificate [anybody can pretend to be it]",
        );
        assertEgress(
            [CLOSED, http, named],
            [CLOSED, http, originate("mode: SIMPLE")],
            "! bank.example:80 has to show a certificate of any server, was named bank.example [a certificate of any server of its authority will do]",
        );
        assertEgress(
            [CLOSED, http],
            [CLOSED, http, named],
            "bank.example:80 is called with TLS of the proxy, was plain text",
        );
        const byEntry = entry(
            "bank.example",
            "subjectAltNames: [bank.example]",
            "{ number: 80, name: http, protocol: HTTP }",
        );
        assertEgress([CLOSED, byEntry, named], [CLOSED, byEntry, originate("mode: SIMPLE")]);
        const port = networking(
            "DestinationRule",
            "bank",
            "{ host: bank.example, trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: SIMPLE, subjectAltNames: [bank.example] } }] } }",
        );
        assertEgress([CLOSED, http, named], [CLOSED, http, port]);
    });

    it("are told of the addresses behind them", () => {
        assertEgress(
            [CLOSED, entry("bank.example")],
            [CLOSED, entry("bank.example", "endpoints: [{ address: 192.0.2.1 }]")],
            "bank.example:443 is answered by 192.0.2.1, was the addresses of its name",
        );
    });

    it("go past an egress gateway where its route goes", () => {
        const bank = entry("bank.example", "", "{ number: 80, name: http, protocol: HTTP }");
        const through = networking(
            "VirtualService",
            "bank",
            "{ hosts: [bank.example], http: [{ route: [{ destination: { host: istio-egressgateway.istio-system.svc.cluster.local } }] }] }",
        );
        assertEgress(
            [CLOSED, bank, through],
            [CLOSED, bank],
            "! bank.example:80 is called directly, was called through a gateway [calls go past the gateway, and past whatever it checks]",
        );
        assertEgress(
            [CLOSED, bank],
            [CLOSED, bank, through],
            "bank.example:80 is called through a gateway now",
        );
    });

    it("go past the proxy where a pod says so", () => {
        const past = (annotation: string): string =>
            SHOP.replace(
                "{ labels: { app: order } }",
                `{ labels: { app: order }, annotations: { traffic.sidecar.istio.io/${annotation} } }`,
            );
        const said = (before: string, after: string): readonly string[] =>
            compareEgress(subjectOf(before), subjectOf(after)).map(written);
        const why = "[its proxy neither sees nor limits these calls]";
        assert.deepStrictEqual(said(SHOP, past("excludeOutboundPorts: '5432'")), [
            `! order calls port 5432 past its proxy now ${why}`,
        ]);
        assert.deepStrictEqual(
            said(
                past("excludeOutboundIPRanges: 10.0.0.0/8"),
                past("excludeOutboundIPRanges: 10.1.0.0/16"),
            ),
            [],
        );
        assert.deepStrictEqual(said(SHOP, past("includeOutboundIPRanges: '*'")), []);
    });

    it("say what proxies know, which guards nothing", () => {
        const scope = sidecar("order", "egress: [{ hosts: [./payment.shop.svc.cluster.local] }]");
        assertEgress([CLOSED, scope], [CLOSED], "order has proxies that know the whole mesh now");
        assertEgress([CLOSED], [CLOSED, scope], "order has proxies that no longer know order");
        const wide = scope.replace("[./payment.shop.svc.cluster.local]", "[shop/*]");
        assertEgress([CLOSED, wide], [CLOSED, wide.replace("shop/*", "./*")]);
    });

    it("are those of packets, too", () => {
        const policy = (name: string, egress: string, selector = "app: order"): string => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: shop }
spec: { podSelector: { matchLabels: { ${selector} } }, policyTypes: [Egress], egress: [${egress}] }`;
        const block = (cidr: string): string =>
            `{ to: [{ ipBlock: { cidr: ${cidr} } }], ports: [{ port: 443 }] }`;
        const own = policy("own", block("10.0.0.0/8"));
        assertEgress(
            [own],
            [],
            "! order may send packets anywhere, as no NetworkPolicy limits it [nothing limits where its packets go]",
        );
        assertEgress([], [own], "order may send packets only where NetworkPolicies allow it now");
        const why = "[packets may go where they could not]";
        assertEgress(
            [own],
            [policy("own", block("0.0.0.0/0"))],
            `! order may send packets to 0.0.0.0/0 at TCP 443 now ${why}`,
        );
        assertEgress(
            [own],
            [own, policy("more", "{ to: [{ podSelector: { matchLabels: { app: payment } } }] }")],
            `! order may send packets to pods app=payment of namespace shop now ${why}`,
        );
        assertEgress(
            [own],
            [own, policy("more", "{}")],
            `! order may send packets to anywhere now ${why}`,
        );
        // Split in two, and named otherwise; another that a wider one covers; one for others.
        assertEgress([own], [policy("renamed", block("10.0.0.0/8"))]);
        assertEgress([own], [own, policy("narrow", block("10.1.0.0/16"))]);
        assertEgress([own], [own, policy("others", "{}", "app: stock")]);
        assertEgress(
            [own],
            [policy("own", "{ ports: [{ port: 443, protocol: TCP }] }")],
            `! order may send packets to anywhere at TCP 443 now ${why}`,
        );
    });

    it("say so where nobody can tell", () => {
        const unclear = subjectOf(SHOP, CLOSED, entry("bank.example"));
        const resources = unclear.resources.map((resource) =>
            resource.type.endsWith("ServiceEntry")
                ? {
                      ...resource,
                      props: { ...resource.props, spec: new Unknown("cannot be judged") },
                  }
                : resource,
        );
        const changes = compareEgress(subjectOf(SHOP, CLOSED), { ...unclear, resources });
        assert.deepStrictEqual(changes.map(written), [
            "what ServiceEntry shop/bank lets out cannot be compared: not all of it is known",
        ]);
    });
});
