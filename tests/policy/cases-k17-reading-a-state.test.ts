import assert from "node:assert/strict";
import { join } from "node:path";
import { Reading, renderedResources, stateResources } from "#review/subject/resources.ts";
import { run } from "#stack/render/run.ts";
import { CASES_FOLDER, describeCases, findingsOf, judgedCases, violationsIn } from "./cases.ts";

const ENCRYPTED =
    "cannot be judged: encrypted in this export, use pulumi stack export --show-secrets";
const ENFORCE_STRICT = "mandatory istio-peer-authentication-enforce-strict: PeerAuthentication";
const PERMISSIVE = "spec.mtls.mode: PERMISSIVE also accepts plaintext; only STRICT is allowed";
const PLAINTEXT =
    "mandatory istio-destination-rule-disallow-plaintext: DestinationRule elsewhere/cart: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; only ISTIO_MUTUAL, or no tls at all, is allowed for a host of the mesh";

describeCases("resources of an exported state", {
    "c49-external-read.state.json": [],
    "c50-two-clusters.state.json": [
        "mandatory istio-mesh-enforce-strict: Release istio-system/istiod: installs a mesh, and no PeerAuthentication without selector in istio-system is STRICT; a mesh-wide STRICT is required",
    ],
    "c55-patches.state.json": [],
    "k17-checkpoint.state.json": [
        `${ENFORCE_STRICT} front/default: ${PERMISSIVE}`,
        `${ENFORCE_STRICT} shop/default: spec.mtls.mode: DISABLE turns mutual TLS off; only STRICT is allowed`,
    ],
    "k17-one-cluster.state.json": [],
    "k17-patched-is-not-owned.state.json": [],
    "k17-read-weakness.state.json": [],
    "k17-same-kubeconfig.state.json": [
        "mandatory istio-peer-authentication-enforce-inherited-strict: PeerAuthentication shop/elsewhere: spec.mtls.mode: no mode, and no policy above it in this stack is STRICT; STRICT, here or above, is required",
    ],
    "k17-shown-secrets.state.json": [`${ENFORCE_STRICT} shop/default: ${PERMISSIVE}`, PLAINTEXT],
    "k17-weak-patches.state.json": [
        `${ENFORCE_STRICT} shop/default: ${PERMISSIVE}`,
        PLAINTEXT,
        "mandatory istio-namespace-enforce-injection: Namespace shop: metadata.labels.istio-injection: disabled leaves injection off; enabled is required, or a revision in istio.io/rev",
        'mandatory istio-workload-disallow-opt-out: Deployment front/web: spec.template.metadata.labels["sidecar.istio.io/inject"]: false leaves the pod without a sidecar; every pod of the mesh needs its sidecar',
    ],
});

/** Every place that cannot be judged, and what is known to be wrong, each once: many rules read one place. */
const ENCRYPTED_CASES: Readonly<Record<string, readonly string[]>> = {
    "c47-secret-hides-weakness.state.json": [
        `AuthorizationPolicy shop/all: spec: ${ENCRYPTED}`,
        `DestinationRule shop/cart: spec.trafficPolicy: ${ENCRYPTED}`,
        `PeerAuthentication shop/default: spec: ${ENCRYPTED}`,
    ],
    "k17-encrypted-anywhere.state.json": [
        `AuthorizationPolicy (namespace not known yet)/deny: metadata.namespace: ${ENCRYPTED}`,
        PLAINTEXT.replace(/^[^:]*: /, ""),
        `Namespace shop: metadata.labels: ${ENCRYPTED}`,
        `PeerAuthentication (namespace not known yet)/whole: ${ENCRYPTED}`,
        `PeerAuthentication shop/default: spec.mtls.mode: ${ENCRYPTED}`,
    ],
    "k17-encrypted-kubeconfig.state.json": [
        `PeerAuthentication (namespace not known yet)/default: metadata.namespace: ${ENCRYPTED}`,
    ],
};

describe("what an export holds encrypted", () => {
    for (const [file, messages] of Object.entries(ENCRYPTED_CASES)) {
        judgedCases.add(file);
        it(`is said of ${file}`, async () => {
            const found = (await findingsOf(file)).map((line) => line.replace(/^[^:]*: /, ""));
            assert.deepEqual([...new Set(found)].sort(), messages);
        });
    }
});

describe("secrets that can be read", () => {
    it("are judged in a program, and shown in no finding", async () => {
        const { resources, errors } = await run({
            program: "tests/render/secretive.ts",
            stack: "dev",
            config: {},
            preview: true,
            showSecrets: true,
        });
        assert.deepEqual(errors, []);
        const reading = new Reading();
        const registered = renderedResources(resources, "dev::mesh", reading);
        const messages = reading.secrets
            .hiddenIn(violationsIn(registered))
            .map(({ message }) => message);
        assert.deepEqual(messages, [
            `PeerAuthentication shop/default: ${PERMISSIVE}`,
            "Gateway shop/edge: spec.servers[0].hosts[0]: [secret] is every host; names are needed, or a domain such as *.example.com",
        ]);
    });

    it("are hidden by the renderer, unless somebody judges them", async () => {
        const { resources } = await run({
            program: "tests/render/secretive.ts",
            stack: "dev",
            config: {},
            preview: true,
        });
        assert.doesNotMatch(JSON.stringify(resources), /PERMISSIVE|sesame/);
    });

    it("are taken note of in an export with --show-secrets", async () => {
        const reading = new Reading();
        await stateResources(join(CASES_FOLDER, "k17-same-kubeconfig.state.json"), reading);
        const finding = { urn: "urn", message: "kubeconfig one" };
        // A provider is no object of Kubernetes, and no finding speaks of it.
        assert.deepEqual(reading.secrets.hiddenIn([finding]), [finding]);
    });
});
