import type { Section, SectionName } from "../check.ts";
import { allowedChecks } from "./authorization/allowed.ts";
import { defaultChecks } from "./authorization/default.ts";
import { refusedChecks } from "./authorization/refused.ts";
import { trickChecks } from "./authorization/tricks.ts";
import { undeclaredChecks } from "./authorization/undeclared.ts";
import { identityChecks } from "./closed/identities.ts";
import { objectChecks } from "./closed/objects.ts";
import { proxyChecks } from "./closed/proxies.ts";
import { analyzers } from "./config/analyzers.ts";
import { captured } from "./config/captured.ts";
import { proxyVersion, synced } from "./config/control-plane.ts";
import { httpListeners } from "./config/http-listeners.ts";
import { proxyUser } from "./config/proxy-user.ts";
import { rejected } from "./config/rejected.ts";
import { sidecars } from "./config/sidecars.ts";
import { arrivalChecks } from "./edge/arrivals.ts";
import { barrierChecks } from "./edge/barriers.ts";
import { tlsChecks } from "./edge/tls.ts";
import { callerChecks } from "./identity/callers.ts";
import { certificateChecks } from "./identity/certificates.ts";
import { plaintextChecks } from "./identity/plaintext.ts";
import { serverNameChecks } from "./identity/server-names.ts";
import { injector, sidecarGuard, validator } from "./install/admission.ts";
import { guard } from "./install/guard.ts";
import { webhookCa } from "./install/webhook-ca.ts";
import { gateway, istiod } from "./install/workloads.ts";
import { crds } from "./preflight/crds.ts";
import { permissions } from "./preflight/permissions.ts";
import { apiServer, istioVersion, kubernetesVersion } from "./preflight/versions.ts";
import { resilience } from "./resilience/index.ts";
import { accessLogChecks } from "./telemetry/access-log.ts";
import { metricsChecks } from "./telemetry/metrics.ts";
import { samplingChecks } from "./telemetry/sampling.ts";
import { traceCheck } from "./telemetry/trace.ts";

/** Every section of `mesh verify`. */
export const sections: Readonly<Record<SectionName, Section>> = {
    /** What has to be so before anything else can be asked. */
    preflight: () => [apiServer, kubernetesVersion, istioVersion, permissions, crds],
    /** Istio is there, and its admission does what it is there for. */
    install: (mesh) => [
        istiod,
        gateway,
        injector(mesh.config),
        sidecarGuard,
        ...guard(mesh),
        validator,
        webhookCa,
    ],
    /** What the mesh was told reached every proxy, every proxy took it, and nothing passes one by. */
    config: (mesh) => [
        analyzers(mesh),
        synced,
        proxyVersion,
        rejected(mesh),
        sidecars(mesh),
        proxyUser(mesh),
        captured(mesh),
        ...httpListeners(mesh),
    ],
    /** Who everybody is, and that nobody is spoken to without knowing it. */
    identity: (mesh) => [
        ...callerChecks(mesh),
        ...plaintextChecks(mesh),
        ...certificateChecks(mesh),
        ...serverNameChecks(mesh),
    ],
    /** Who may ask whom for what, tried in full: every declared edge, every pair that is not, and what lies beside. */
    authorization: (mesh) => [
        ...allowedChecks(mesh),
        ...refusedChecks(mesh),
        ...trickChecks(mesh),
        ...undeclaredChecks(mesh),
        ...defaultChecks(mesh),
    ],
    /** What a client outside the mesh can and cannot do at the ingress gateway. */
    edge: (mesh) => [...arrivalChecks(mesh), ...tlsChecks(mesh), ...barrierChecks(mesh)],
    /** Nothing lives in the mesh beyond what is declared. */
    closed: (mesh) => [...proxyChecks(mesh), ...objectChecks(), ...identityChecks()],
    /** What Envoy holds is what it was told. */
    resilience,
    /** What the proxies tell of the requests, and that it arrives. */
    telemetry: (mesh) => [
        traceCheck(mesh),
        ...samplingChecks(mesh),
        ...metricsChecks(mesh),
        ...accessLogChecks(mesh),
    ],
};
