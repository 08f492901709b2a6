import type { Field, Finding } from "./field.ts";
import { each, judgements } from "./finding.ts";
import { applicationsOf } from "./proxy-container.ts";
import { yamlIn } from "./yaml.ts";

const ALLOWED = "all traffic goes through the sidecar";
const PREFIX = "traffic.sidecar.istio.io/";

/** Ports of the sidecar itself, which it never captures. */
const SIDECAR_PORTS: ReadonlySet<string> = new Set([
    "15000",
    "15001",
    "15006",
    "15020",
    "15021",
    "15090",
]);

/** The user and the group as which the proxy runs; what they send is never captured. */
const PROXY_ID = 1337;

type CaptureCheck = (field: Field) => readonly Finding[];

function partsOf(field: Field): readonly string[] {
    return (field.text() ?? "")
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
}

function excludes(what: string): CaptureCheck {
    return (field) => {
        const parts = partsOf(field).filter((part) => !SIDECAR_PORTS.has(part));
        return parts.length === 0
            ? []
            : [field.finding(`${what} ${parts.join(", ")} without the sidecar`, ALLOWED)];
    };
}

function includesOnly(what: string): CaptureCheck {
    return (field) => {
        const parts = partsOf(field);
        if (!field.exists || parts.includes("*")) {
            return [];
        }
        const rest = parts.length === 0 ? "everything" : `everything but ${parts.join(", ")}`;
        return [field.finding(`${what} ${rest} without the sidecar`, ALLOWED)];
    };
}

/** What an interception mode leaves out; Istio also takes the number of the mode. */
export const checkMode: CaptureCheck = (field) =>
    ["NONE", "2"].includes(field.text() ?? "")
        ? [field.finding("NONE captures nothing", ALLOWED)]
        : [];

const IN = "lets in";
const OUT = "sends out";

/** What a pod's annotations exclude from capture. */
const ANNOTATIONS: Readonly<Record<string, CaptureCheck>> = {
    [`${PREFIX}excludeInboundPorts`]: excludes(IN),
    [`${PREFIX}includeInboundPorts`]: includesOnly(IN),
    [`${PREFIX}excludeOutboundPorts`]: excludes(OUT),
    [`${PREFIX}excludeOutboundIPRanges`]: excludes(OUT),
    [`${PREFIX}includeOutboundIPRanges`]: includesOnly(OUT),
    [`${PREFIX}excludeInterfaces`]: excludes("carries"),
    "sidecar.istio.io/interceptionMode": checkMode,
    "proxy.istio.io/config": (field) => checkMode(yamlIn(field).at("interceptionMode")),
    "ambient.istio.io/bypass-inbound-capture": (field) =>
        field.flag() === true
            ? [field.finding("true lets in everything without ztunnel", ALLOWED)]
            : [],
};

/** The same for every pod, in the values of istiod's chart below `global.proxy`. */
export const CAPTURE_VALUES: Readonly<Record<string, CaptureCheck>> = {
    excludeInboundPorts: excludes(IN),
    includeInboundPorts: includesOnly(IN),
    excludeOutboundPorts: excludes(OUT),
    excludeIPRanges: excludes(OUT),
    includeIPRanges: includesOnly(OUT),
    excludeInterfaces: excludes("carries"),
};

/** What annotations of pods exclude from capture. */
export function checkAnnotations(annotations: Field): Finding[] {
    return each(
        () => Object.entries(ANNOTATIONS),
        ([name, check]) => check(annotations.at(name)),
    );
}

const IDENTITIES: Readonly<Record<string, string>> = { runAsUser: "user", runAsGroup: "group" };

/** Whether a key is where a container, a pod or a chart names a user or group. */
export function isIdentityKey(key: string): boolean {
    return Object.hasOwn(IDENTITIES, key);
}

/** What runs as the proxy. */
export function checkIdentity(field: Field): Finding[] {
    const what = IDENTITIES[/(?<!\w)\w+$/.exec(field.path)?.[0] ?? ""];
    return what !== undefined && field.number() === PROXY_ID
        ? [
              field.finding(
                  `${PROXY_ID} is the proxy's own ${what}, whose traffic is not captured`,
                  ALLOWED,
              ),
          ]
        : [];
}

/** What a pod runs as the proxy, beside the proxy. */
export function checkIdentities(pod: Field): Finding[] {
    return each(
        () => Object.keys(IDENTITIES),
        (key) => {
            const inPod = pod.at("spec", "securityContext", key);
            const own = (container: Field): Field => container.at("securityContext", key);
            return [
                ...judgements(() =>
                    applicationsOf(pod).some((container) => !own(container).exists)
                        ? checkIdentity(inPod)
                        : [],
                ),
                ...each(
                    () => applicationsOf(pod),
                    (container) => checkIdentity(own(container)),
                ),
            ];
        },
    );
}

/** Addresses of the pod itself: what is sent there is meant for the proxy. */
function isLocal(bind: string): boolean {
    return /^(127\.|::1$|unix:|localhost$)/.test(bind);
}

/** Listeners of a Sidecar that nothing is redirected to. */
export function checkListeners(sidecar: Field): Finding[] {
    return each(
        () => [...sidecar.at("ingress").items(), ...sidecar.at("egress").items()],
        (listener) => {
            const mode = listener.at("captureMode");
            const isMeant =
                listener.path.includes("egress") && isLocal(listener.at("bind").text() ?? "");
            return isMeant ? [] : checkMode(mode);
        },
    );
}
