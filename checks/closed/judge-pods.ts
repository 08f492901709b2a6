import type { LiveObject } from "#live/kubernetes/objects.ts";
import { describeObject, refOf } from "#live/kubernetes/objects.ts";
import { hasAll } from "#model/label-selector.ts";
import type { AcceptanceTerms } from "./acceptance.ts";
import { acceptanceOf } from "./acceptance.ts";
import type { Finding, Judged } from "./finding.ts";
import { writtenBy } from "./finding.ts";
import { allOf, declaredAs, differences } from "./own-objects.ts";
import type { Scene } from "./scene.ts";
import { isEnding, isProbe, ownersOf } from "./temporary.ts";

interface PodSpec {
    readonly serviceAccountName?: string;
    readonly containers?: readonly { readonly image?: string }[];
    readonly ephemeralContainers?: readonly {
        readonly name: string;
        readonly image?: string;
    }[];
}

/** Nobody's pod runs as a declared identity, or is taken for a declared service's. */
export function judgePods(scene: Scene, terms: AcceptanceTerms): Judged {
    const { objects, unread } = scene.inventory.workloads;
    const pods = objects.filter((object) => object.kind === "Pod" && isAlive(object));
    const jobs = objects.filter(({ kind }) => kind === "Job");
    const probes = pods.filter((pod) => isProbe(pod, jobs));
    const findings = pods
        .filter((pod) => !probes.includes(pod))
        .flatMap((pod) =>
            podTexts(pod, scene).map((text): Finding => ({
                object: refOf(pod),
                text,
                acceptance: acceptanceOf(pod, terms),
                ending: isEnding(chainOf(pod, objects).at(-1) ?? pod, objects),
            })),
        );
    return {
        findings,
        unread: [...unread, ...(findings.length > 0 ? scene.inventory.charts.unread : [])],
        seen: `${pods.length - probes.length} pods${probes.length === 0 ? "" : `, and ${probes.length} that make probes`}`,
    };
}

/** A pod that has ended, or is ending, acts for nobody; what made it may be gone already. */
function isAlive({ metadata, status }: LiveObject): boolean {
    const { phase } = (status ?? {}) as { readonly phase?: string };
    return (
        metadata["deletionTimestamp"] === undefined && phase !== "Succeeded" && phase !== "Failed"
    );
}

function podTexts(pod: LiveObject, scene: Scene): string[] {
    const spec = (pod["spec"] ?? {}) as PodSpec;
    const { serviceAccountName: account = "default" } = spec;
    const chain = chainOf(pod, scene.inventory.workloads.objects);
    const top = chain.at(-1) ?? pod;
    const declared = declaredAs(top, scene.own);
    const images = (spec.containers ?? []).map(({ image = "" }) => image).join(", ");
    const who = `(image ${images}; ${madeBy(chain, pod)})`;
    if (declared !== undefined && top !== pod) {
        const meant = scene.pods.find(
            ({ namespace, workload }) =>
                namespace === top.metadata.namespace && workload === top.metadata.name,
        )?.serviceAccount;
        return [
            ...(meant === undefined || meant === account
                ? []
                : [`runs as ${account} and is declared to run as ${meant} ${who}`]),
            ...(spec.ephemeralContainers ?? []).map(
                ({ name, image = "" }) =>
                    `has a container ${name} of image ${image} that was put into it and acts as ${account}`,
            ),
        ];
    }
    const services = servedAs(pod, scene);
    return [
        ...(isDeclaredAccount(pod.metadata.namespace, account, scene)
            ? [`runs as ${account} and is not its workload ${who}`]
            : []),
        ...(services.length === 0
            ? []
            : [`is given the requests to ${services.join(" and ")} and is not its pod ${who}`]),
    ];
}

/** What controls a pod, and what controls that: each as it is in the cluster, by its uid. */
function chainOf(object: LiveObject, all: readonly LiveObject[]): readonly LiveObject[] {
    const controller = ownersOf(object).find((owner) => owner.controller === true);
    const found = all.find(({ metadata }) => metadata.uid === controller?.uid);
    return controller === undefined || found === undefined ? [] : [found, ...chainOf(found, all)];
}

function madeBy(chain: readonly LiveObject[], pod: LiveObject): string {
    const owner = chain.at(-1);
    return owner === undefined
        ? `made by itself${writtenBy(pod)}`
        : `made by ${describeObject(owner)}${writtenBy(owner)}`;
}

function isDeclaredAccount(
    namespace: string | undefined,
    name: string,
    { own }: Pick<Scene, "own">,
): boolean {
    return allOf(own).some(
        ({ kind, metadata }) =>
            kind === "ServiceAccount" && metadata.name === name && metadata.namespace === namespace,
    );
}

/** The declared Services that lead to a pod. */
function servedAs({ metadata: { namespace, labels = {} } }: LiveObject, { own }: Scene): string[] {
    return allOf(own)
        .filter(({ kind, metadata }) => kind === "Service" && metadata.namespace === namespace)
        .filter(({ spec }) => {
            const { selector = {} } = spec as {
                readonly selector?: Readonly<Record<string, string>>;
            };
            return Object.keys(selector).length > 0 && hasAll(selector, labels);
        })
        .map(({ metadata }) => metadata.name);
}

/** Every declared workload runs what it is declared to run, as whom it is declared to be. */
export function judgeWorkloads(scene: Scene, terms: AcceptanceTerms): Judged {
    const { objects, unread } = scene.inventory.workloads;
    const own = objects
        .filter(({ kind }) => kind === "Deployment")
        .flatMap((live) => {
            const declared = declaredAs(live, scene.own);
            return declared === undefined ? [] : [{ live, declared }];
        });
    return {
        findings: own.flatMap(({ live, declared }) => {
            const places = differences(declared, live);
            return places.length === 0
                ? []
                : [
                      {
                          object: refOf(live),
                          text: `does not run what it was declared to: ${places.join(", ")}`,
                          acceptance: acceptanceOf(live, terms),
                      },
                  ];
        }),
        unread: [...unread, ...scene.inventory.charts.unread],
        seen: `${own.length} workloads`,
    };
}
