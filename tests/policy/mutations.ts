import type { Mutation } from "./mutation.ts";
import { authorization } from "./mutations-authorization.ts";
import { boundary } from "./mutations-boundary.ts";
import { canary } from "./mutations-canary.ts";
import { controlPlane } from "./mutations-control-plane.ts";
import { membership } from "./mutations-membership.ts";
import { resilience } from "./mutations-resilience.ts";
import { surroundings } from "./mutations-surroundings.ts";

const STRICT_MODE = ["spec", "mtls", "mode"];
const MESH = "istio-mesh-enforce-strict";
const PEER = "istio-peer-authentication-enforce-strict";
const PLAINTEXT = "istio-destination-rule-disallow-plaintext";

const encryption: readonly Mutation[] = [
    {
        what: "the mesh-wide policy is gone",
        resource: "baseline-mesh-strict",
        caughtBy: MESH,
    },
    {
        what: "the mesh-wide policy selects one workload",
        resource: "baseline-mesh-strict",
        at: ["spec", "selector"],
        to: { matchLabels: { app: "order-service" } },
        caughtBy: MESH,
    },
    {
        what: "the mesh-wide policy stands in an application namespace",
        resource: "baseline-mesh-strict",
        at: ["metadata", "namespace"],
        to: "a4co",
        caughtBy: [MESH, "istio-mesh-disallow-rivals"],
    },
    {
        what: "the mesh-wide policy is PERMISSIVE",
        resource: "baseline-mesh-strict",
        at: STRICT_MODE,
        to: "PERMISSIVE",
        caughtBy: [MESH, PEER],
    },
    {
        what: "the mesh-wide policy leaves the mode to Istio",
        resource: "baseline-mesh-strict",
        at: ["spec"],
        to: {},
        caughtBy: [MESH, PEER],
    },
    {
        what: "the application namespace is DISABLE",
        resource: "baseline-namespace-strict",
        at: STRICT_MODE,
        to: "DISABLE",
        caughtBy: PEER,
    },
    {
        what: "payment-service's own policy is PERMISSIVE",
        resource: "payment-service-peer-authentication",
        at: STRICT_MODE,
        to: "PERMISSIVE",
        caughtBy: PEER,
    },
    {
        what: "payment-service's port is PERMISSIVE beside a STRICT workload",
        resource: "payment-service-peer-authentication",
        at: ["spec", "portLevelMtls", "3006", "mode"],
        to: "PERMISSIVE",
        caughtBy: PEER,
    },
    {
        what: "callers of order-service send plaintext",
        resource: "order-service-destination-rule",
        at: ["spec", "trafficPolicy", "tls", "mode"],
        to: "DISABLE",
        caughtBy: PLAINTEXT,
    },
    {
        what: "callers of payment-service's v1 show no identity",
        resource: "payment-service-destination-rule",
        at: ["spec", "subsets", 0, "trafficPolicy"],
        to: { tls: { mode: "SIMPLE" } },
        caughtBy: PLAINTEXT,
    },
    {
        what: "callers of one port of nats send plaintext",
        resource: "nats-destination-rule",
        at: ["spec", "trafficPolicy", "portLevelSettings"],
        to: [{ port: { number: 4222 }, tls: { mode: "DISABLE" } }],
        caughtBy: PLAINTEXT,
    },
    {
        what: "callers of inventory-service have tls without a mode",
        resource: "inventory-service-destination-rule",
        at: ["spec", "trafficPolicy", "tls"],
        to: {},
        caughtBy: PLAINTEXT,
    },
];

const exemptions: readonly Mutation[] = [
    {
        what: "an exemption that nobody answers for",
        resource: "order-service-destination-rule",
        at: ["metadata", "annotations"],
        to: { "policy.a4co.dev/exempt": JSON.stringify({ rule: PLAINTEXT, reason: "later" }) },
        caughtBy: "istio-exemption-enforce-complete",
    },
];

export const MUTATIONS: readonly Mutation[] = [
    ...encryption,
    ...membership,
    ...authorization,
    ...boundary,
    ...resilience,
    ...canary,
    ...controlPlane,
    ...surroundings,
    ...exemptions,
];
