import assert from "node:assert/strict";
import { compareControlPlanes } from "#review/control-plane.ts";
import { subjectOf } from "./subject.ts";
import { written } from "./shop.ts";

function istiod(values: string): string {
    return `
apiVersion: helm.sh/v3
kind: Release
name: istiod
namespace: istio-system
chart: oci://example.org/istio/charts/istiod
values: { ${values} }
`;
}

function mesh(config: string): string {
    return istiod(`meshConfig: { ${config} }`);
}

function provider(said: string): string {
    return mesh(`extensionProviders: [{ name: oauth, envoyExtAuthzHttp: { ${said} } }]`);
}

const WEAKER: Readonly<Record<string, readonly [before: string, after: string, says: RegExp]>> = {
    "paths in one form": [
        mesh("pathNormalization: { normalization: MERGE_SLASHES }"),
        mesh(""),
        /by BASE before policies read them, was MERGE_SLASHES \[a path/,
    ],
    "trust domains": [
        mesh("trustDomainAliases: [a]"),
        mesh("trustDomainAliases: [a, b]"),
        /^! identities of the trust domain b count as those of the mesh now/,
    ],
    authorities: [
        mesh("caCertificates: []"),
        mesh("caCertificates: [{ pem: a }]"),
        /^! proxies trust an authority that they did not/,
    ],
    "what is not answered": [
        provider("service: a, port: 80"),
        provider("service: a, port: 80, failOpen: true"),
        /^! what oauth does not answer is let in now/,
    ],
    "who decides": [
        provider("service: a, port: 80"),
        provider("service: b, port: 80"),
        /^! oauth is asked at b 80 whom to let in now, was a 80/,
    ],
    "versions of TLS": [
        mesh("meshMTLS: { minProtocolVersion: TLSV1_3 }"),
        mesh(""),
        /^! mutual TLS in the mesh takes TLS 1\.2, took at least TLS 1\.3/,
    ],
    "certificates of hosts outside": [
        mesh(""),
        mesh("verifyCertificateAtClient: false"),
        /no longer look at certificates of hosts outside/,
    ],
    "proxies in front of gateways": [
        mesh(""),
        mesh("defaultConfig: { gatewayTopology: { numTrustedProxies: 2 } }"),
        /^! gateways believe X-Forwarded-For of 2 proxies before them, were 0/,
    ],
    "certificates that are handed on": [
        mesh("defaultConfig: { gatewayTopology: { forwardClientCertDetails: SANITIZE_SET } }"),
        mesh("defaultConfig: { gatewayTopology: { forwardClientCertDetails: FORWARD_ONLY } }"),
        /^! gateways hand on X-Forwarded-Client-Cert by FORWARD_ONLY/,
    ],
    "who the control plane answers": [
        istiod(""),
        istiod('env: { XDS_AUTH: "false" }'),
        /^! the control plane no longer asks proxies who they are/,
    ],
    "privileges of proxies": [
        istiod(""),
        istiod("global: { proxy: { privileged: true } }"),
        /^! proxies run with every privilege now/,
    ],
    validation: [
        istiod(""),
        istiod("global: { configValidation: false }"),
        /no longer checked when it is applied/,
    ],
    "pods without a proxy": [
        istiod(""),
        istiod("sidecarInjectorWebhook: { neverInjectSelector: [{ matchLabels: { a: b } }] }"),
        /get no proxy any more/,
    ],
    "namespaces that are read": [
        mesh(""),
        mesh("discoverySelectors: [{ matchLabels: { a: b } }]"),
        /^! the control plane reads only namespaces/,
    ],
};

const SAME: Readonly<Record<string, readonly [before: string, after: string]>> = {
    "a default that is said": [mesh(""), mesh("pathNormalization: { normalization: BASE }")],
    "another word for the default": [
        mesh("meshMTLS: { minProtocolVersion: TLS_AUTO }"),
        mesh("meshMTLS: { minProtocolVersion: TLSV1_2 }"),
    ],
    "an order of trust domains": [
        mesh("trustDomainAliases: [a, b]"),
        mesh("trustDomainAliases: [b, a]"),
    ],
    "one more namespace that is read": [
        mesh("discoverySelectors: [{ matchLabels: { a: b } }]"),
        mesh("discoverySelectors: [{ matchLabels: { a: b } }, { matchLabels: { c: d } }]"),
    ],
    "a new provider": [mesh(""), provider("service: a, port: 80")],
    "the CNI that was never there": [istiod(""), istiod("pilot: { cni: { enabled: false } }")],
};

describe("What the control plane is told", () => {
    for (const [what, [before, after, says]] of Object.entries(WEAKER)) {
        it(`is weaker for ${what}, and the other way round is not`, () => {
            const [was, is] = [before, after].map((yaml) => subjectOf(yaml));
            assert.ok(was !== undefined && is !== undefined);
            assert.match(compareControlPlanes(was, is).map(written).join("\n"), says);
            assert.doesNotMatch(compareControlPlanes(is, was).map(written).join("\n"), says);
        });
    }
    for (const [what, [before, after]] of Object.entries(SAME)) {
        it(`is the same with ${what}`, () => {
            assert.deepStrictEqual(
                compareControlPlanes(subjectOf(before), subjectOf(after)).map(written),
                [],
            );
        });
    }
});
