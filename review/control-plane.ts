import type { ControlPlane } from "#policy/control-plane.ts";
import type { Field } from "#policy/field.ts";
import type { Change, Topic } from "./change.ts";
import { meshViewOf, readable, refOf } from "./mesh.ts";
import { listed } from "./routes/space.ts";
import type { Compare } from "./subject.ts";

/** What the control plane is told about everybody, where it guards less than it did. */
export const compareControlPlanes: Compare = (before, after) => {
    const [was, is] = [before, after].map((subject) => meshViewOf(subject).plane);
    if (was === undefined || is === undefined) {
        return [];
    }
    return QUESTIONS.flatMap((question) => readable(() => question(was, is)) ?? []).map(
        ({ topic, kind, text, weaker }): Change => ({
            topic,
            kind: `${topic}/${kind}`,
            about: "the control plane",
            text,
            weaker,
            objects: readable(() => [refOf(is.object)]) ?? [],
        }),
    );
};

interface Answer {
    readonly topic: Topic;
    readonly kind: string;
    readonly text: string;
    readonly weaker: string;
}

/** @throws UnknownValue */
type Question = (was: ControlPlane, is: ControlPlane) => readonly Answer[];

/** A place of what a control plane is told. @throws UnknownValue */
type Read = (plane: ControlPlane) => Field | undefined;

function mesh(...steps: readonly string[]): Read {
    return (plane) => plane.meshConfig(...steps);
}

function value(...steps: readonly string[]): Read {
    return (plane) => plane.value(...steps);
}

/** Something of which the lower one of an order is weaker; what is the same stands together. */
function lowered(
    read: Read,
    order: readonly (readonly string[] | string)[],
    standard: string,
    said: (is: string, was: string) => Answer,
): Question {
    return (was, is) => {
        const [before, after] = [was, is].map((plane) => read(plane)?.text() ?? standard);
        const [old, now] = [before, after].map((text = "") =>
            order.findIndex((one) => [one].flat().includes(text)),
        );
        return (now ?? 0) < (old ?? 0) ? [said(after ?? "", before ?? "")] : [];
    };
}

/** Something of which one value is weaker than what it was. */
function becomes(read: Read, weak: string, standard: string, answer: Answer): Question {
    return (was, is) => {
        const at = (plane: ControlPlane): string => read(plane)?.text() ?? standard;
        return at(is) === weak && at(was) !== weak ? [answer] : [];
    };
}

/** Elements of a list that it did not have. @throws UnknownValue */
function added(read: Read, was: ControlPlane, is: ControlPlane): readonly string[] {
    const textsOf = (plane: ControlPlane): readonly string[] =>
        read(plane)
            ?.items()
            .map((item) => item.text() ?? JSON.stringify(item.value)) ?? [];
    const known = textsOf(was);
    return textsOf(is).filter((one) => !known.includes(one));
}

const VERSIONS = ["TLSV1_0", "TLSV1_1", ["TLSV1_2", "TLS_AUTO"], "TLSV1_3"];
const IDENTITY = "whoever sends it may say who they are, or where they come from, as they like";

const QUESTIONS: readonly Question[] = [
    lowered(
        mesh("pathNormalization", "normalization"),
        ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"],
        "BASE",
        (is, was) => ({
            topic: "access",
            kind: "path-normalization",
            text: `proxies bring paths into one form by ${is} before policies read them, was ${was}`,
            weaker: "a path that is written in another way may go past the policies for it",
        }),
    ),
    (was, is) =>
        added(mesh("trustDomainAliases"), was, is).map((domain) => ({
            topic: "access",
            kind: "trust-domain",
            text: `identities of the trust domain ${domain} count as those of the mesh now`,
            weaker: "a workload there is let in as the one of the same name here",
        })),
    (was, is) => {
        const more = added(mesh("caCertificates"), was, is).length;
        return more === 0
            ? []
            : [
                  {
                      topic: "access",
                      kind: "authorities",
                      text: `proxies trust ${more === 1 ? "an authority" : `${more} authorities`} that they did not`,
                      weaker: "who has its key can give out any identity",
                  },
              ];
    },
    (was, is) => providerChanges(was, is),
    ...["meshMTLS", "tlsDefaults"].map((place) =>
        lowered(mesh(place, "minProtocolVersion"), VERSIONS, "TLSV1_2", (is, was) => ({
            topic: "transport",
            kind: "mesh-tls-version",
            text: `${place === "meshMTLS" ? "mutual TLS in the mesh" : "TLS of proxies"} takes ${written(is)}, took at least ${written(was)}`,
            weaker: "an older version of TLS is spoken",
        })),
    ),
    becomes(mesh("verifyCertificateAtClient"), "false", "true", {
        topic: "transport",
        kind: "verification",
        text: "proxies no longer look at certificates of hosts outside unless a rule says how",
        weaker: "anybody can pretend to be them",
    }),
    becomes(value("env", "VERIFY_CERTIFICATE_AT_CLIENT"), "false", "true", {
        topic: "transport",
        kind: "verification",
        text: "proxies no longer look at certificates of hosts outside unless a rule says how",
        weaker: "anybody can pretend to be them",
    }),
    becomes(value("env", "XDS_AUTH"), "false", "true", {
        topic: "access",
        kind: "control-plane",
        text: "the control plane no longer asks proxies who they are",
        weaker: "whoever reaches it reads the configuration of the mesh",
    }),
    becomes(value("env", "PILOT_SKIP_VALIDATE_TRUST_DOMAIN"), "true", "false", {
        topic: "access",
        kind: "trust-domain",
        text: "proxies no longer look at the trust domain of who calls them",
        weaker: "an identity of another mesh that has the same authority is taken",
    }),
    (was, is) => {
        const hops = (plane: ControlPlane): number =>
            mesh("defaultConfig", "gatewayTopology", "numTrustedProxies")(plane)?.number() ?? 0;
        return hops(is) > hops(was)
            ? [
                  {
                      topic: "access",
                      kind: "trusted-proxies",
                      text: `gateways believe X-Forwarded-For of ${hops(is)} proxies before them, were ${hops(was)}`,
                      weaker: IDENTITY,
                  },
              ]
            : [];
    },
    lowered(
        mesh("defaultConfig", "gatewayTopology", "forwardClientCertDetails"),
        [
            "ALWAYS_FORWARD_ONLY",
            "FORWARD_ONLY",
            "APPEND_FORWARD",
            "SANITIZE_SET",
            "UNDEFINED",
            "SANITIZE",
        ],
        "UNDEFINED",
        (is, was) => ({
            topic: "access",
            kind: "client-certificate",
            text: `gateways hand on X-Forwarded-Client-Cert by ${is}, was ${was}`,
            weaker: IDENTITY,
        }),
    ),
    becomes(value("global", "proxy", "privileged"), "true", "false", {
        topic: "policy",
        kind: "proxies",
        text: "proxies run with every privilege now",
        weaker: "whoever takes one over has its node",
    }),
    becomes(value("global", "configValidation"), "false", "true", {
        topic: "policy",
        kind: "validation",
        text: "configuration of Istio is no longer checked when it is applied",
        weaker: "a policy that does not hold is taken without a word",
    }),
    becomes(value("pilot", "cni", "enabled"), "false", "false", {
        topic: "policy",
        kind: "proxies",
        text: "pods lead their own packets to their proxies now",
        weaker: "each pod needs the rights of a network's administrator to start",
    }),
    becomes(value("global", "proxy", "autoInject"), "disabled", "enabled", {
        topic: "transport",
        kind: "injection",
        text: "pods get no proxy unless they ask for it",
        weaker: "whoever forgets to ask is in no mesh",
    }),
    (was, is) =>
        added(value("sidecarInjectorWebhook", "neverInjectSelector"), was, is).map((selector) => ({
            topic: "transport",
            kind: "injection",
            text: `pods that ${selector} takes get no proxy any more`,
            weaker: "they take plaintext from anybody, and show no identity where they call",
        })),
    (was, is) => {
        const more = added(mesh("discoverySelectors"), was, is);
        const had = mesh("discoverySelectors")(was)?.items().length ?? 0;
        const left = mesh("discoverySelectors")(is)?.items().length ?? 0;
        return left > 0 && (had === 0 || (more.length > 0 && left <= had))
            ? [
                  {
                      topic: "access",
                      kind: "discovery",
                      text: `the control plane reads only namespaces that ${listed(more)} takes now`,
                      weaker: "policies of any other namespace hold no more",
                  },
              ]
            : [];
    },
];

function written(version: string): string {
    return version === "TLS_AUTO" ? "TLS 1.2" : version.replace("TLSV1_", "TLS 1.");
}

const KINDS = ["envoyExtAuthzHttp", "envoyExtAuthzGrpc"];

interface Provider {
    readonly failsOpen: boolean;
    readonly where: string;
}

/** Who decides for policies of the action CUSTOM, by name. @throws UnknownValue */
function providersOf(plane: ControlPlane): ReadonlyMap<string, Provider> {
    const all = plane.meshConfig("extensionProviders")?.items() ?? [];
    return new Map(
        all.flatMap((provider) =>
            KINDS.map((kind) => provider.at(kind))
                .filter(({ exists }) => exists)
                .map((said) => [
                    provider.at("name").text() ?? "",
                    {
                        failsOpen: said.at("failOpen").flag() === true,
                        where: ["service", "port", "pathPrefix"]
                            .flatMap((field) => said.at(field).text() ?? [])
                            .join(" "),
                    },
                ]),
        ),
    );
}

/** Providers that let pass what they do not answer, or are asked elsewhere. @throws UnknownValue */
function providerChanges(was: ControlPlane, is: ControlPlane): readonly Answer[] {
    const known = providersOf(was);
    return Array.from(providersOf(is)).flatMap(([name, { failsOpen, where }]) => {
        const earlier = known.get(name);
        return earlier === undefined
            ? []
            : [
                  ...(failsOpen && !earlier.failsOpen
                      ? [
                            {
                                topic: "access" as const,
                                kind: "provider",
                                text: `what ${name} does not answer is let in now`,
                                weaker: "who keeps it from answering is let in",
                            },
                        ]
                      : []),
                  ...(where === earlier.where
                      ? []
                      : [
                            {
                                topic: "access" as const,
                                kind: "provider",
                                text: `${name} is asked at ${where} whom to let in now, was ${earlier.where}`,
                                weaker: "who decides there is somebody else, who may agree to more",
                            },
                        ]),
              ];
    });
}
