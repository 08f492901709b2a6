import { edgeName } from "#checks/matrix.ts";
import { identityOf, spiffeIdOf } from "#model/authorization.ts";
import { STRICT_MTLS } from "#model/baseline.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { STRANGER } from "#model/reserved-names.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { refTo, without, withSpec } from "../changes.ts";
import type { Mutation } from "../mutation.ts";
import { subjectsOf } from "./subjects.ts";

const PERMISSIVE = { mtls: { mode: "PERMISSIVE" } };

/** Who speaks, and that nobody speaks in plain text. */
export function identityMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { catalog, context } = mesh;
    const { namespace, controlPlaneNamespace } = context;
    const ofNamespace = refTo("PeerAuthentication", "default", namespace);
    const ofMesh = refTo("PeerAuthentication", "default", controlPlaneNamespace);
    const own = catalog.services.filter(({ portLevelMtls }) => portLevelMtls);
    const others = [...catalog.services, ...catalog.backing]
        .filter(({ name }) => !own.some((service) => service.name === name))
        .map(({ name }) => `identity/plaintext/${name}`);
    const { edges } = subjectsOf(mesh);
    return [
        {
            name: "the namespace's mTLS is PERMISSIVE",
            weakens: "no plain text to workloads without a PeerAuthentication of their own",
            breaks: [...others, `identity/plaintext-default/${namespace}`],
            changes: [withSpec(ofNamespace, PERMISSIVE)],
        },
        {
            name: "the mesh's mTLS is PERMISSIVE",
            weakens: "no plain text where a namespace says nothing",
            breaks: [`identity/plaintext-default/${controlPlaneNamespace}`],
            changes: [withSpec(ofMesh, PERMISSIVE)],
        },
        {
            name: "the mesh's mTLS is PERMISSIVE and the namespace says nothing",
            weakens: "the namespace states for itself that it is STRICT",
            breaks: [...others, "identity/plaintext-default/*"],
            changes: [withSpec(ofMesh, PERMISSIVE), without(ofNamespace)],
        },
        ...own.map(({ name, port }): Mutation => ({
            name: `mTLS on port ${port} of ${name} is PERMISSIVE`,
            weakens: `no plain text to ${name}, whose workload is STRICT`,
            breaks: [`identity/plaintext/${name}`],
            changes: [
                withSpec(refTo("PeerAuthentication", `${name}-mtls`, namespace), {
                    selector: { matchLabels: { app: name } },
                    ...STRICT_MTLS,
                    portLevelMtls: { [String(port)]: PERMISSIVE.mtls },
                }),
            ],
        })),
        ...edges.flatMap((edge) => [
            {
                name: `callers of ${edge.callee} accept another server as well`,
                weakens: `callers know ${edge.callee} by its identity`,
                breaks: [`identity/server-names/*:${edge.callee}`],
                changes: [
                    withSpec(refTo("DestinationRule", edge.callee, namespace), {
                        ...destinationRuleSpec(edge.service, context),
                        trafficPolicy: {
                            ...destinationRuleSpec(edge.service, context).trafficPolicy,
                            tls: {
                                mode: "ISTIO_MUTUAL",
                                subjectAltNames: [edge.callee, STRANGER].map((name) =>
                                    spiffeIdOf(identityOf(name, context), context),
                                ),
                            },
                        },
                    }),
                ],
            },
            {
                name: `callers of ${edge.callee} speak plain text to it`,
                weakens: `mTLS from the callers of ${edge.callee}`,
                breaks: [
                    `identity/server-names/*:${edge.callee}`,
                    `identity/caller/${edgeName(edge)}`,
                    `authorization/allowed/${edgeName(edge)}`,
                ],
                mayBreak: [
                    `authorization/*:${edge.callee}`,
                    "telemetry/trace",
                    `telemetry/access-log/${edge.callee}`,
                ],
                changes: [
                    withSpec(refTo("DestinationRule", edge.callee, namespace), {
                        ...destinationRuleSpec(edge.service, context),
                        trafficPolicy: {
                            ...destinationRuleSpec(edge.service, context).trafficPolicy,
                            tls: { mode: "DISABLE" },
                        },
                    }),
                ],
            },
        ]),
    ];
}
