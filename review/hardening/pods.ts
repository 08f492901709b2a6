import type { DeclaredObject } from "#stack/declared-objects.ts";
import { entriesOf, fields, listed, podMetadata, podOf, word } from "./object.ts";
import type { Fields } from "./object.ts";

/** Something that Kubernetes' restricted level would not give a pod. */
interface Freedom {
    readonly what: string;
    /** Absent for the pod as a whole. */
    readonly container?: string;
}

const HOST_FIELDS = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"];

function containersOf(object: DeclaredObject | undefined): readonly Fields[] {
    const pod = podOf(object);
    return ["initContainers", "containers"].flatMap((list) => entriesOf(pod, list));
}

function freedomsOf(object: DeclaredObject | undefined): Freedom[] {
    const pod = podOf(object);
    const ofPod = [
        ...HOST_FIELDS.filter((field) => pod[field] === true),
        ...(pod["automountServiceAccountToken"] === false ? [] : ["a token of its account"]),
        ...entriesOf(pod, "volumes")
            .filter((volume) => "hostPath" in volume)
            .map((volume) => `the host's ${String(fields(volume["hostPath"])["path"])}`),
    ];
    return [
        ...ofPod.map((what) => ({ what })),
        ...containersOf(object).flatMap((container) =>
            containerFreedoms({
                ...fields(pod["securityContext"]),
                ...fields(container["securityContext"]),
            }).map((what) => ({ what, container: String(container["name"]) })),
        ),
    ];
}

function containerFreedoms(context: Fields): string[] {
    const capabilities = fields(context["capabilities"]);
    const isUnconfined = (profile: string): boolean =>
        fields(context[profile])["type"] === "Unconfined";
    return [
        ...(context["privileged"] === true ? ["every privilege"] : []),
        ...(context["allowPrivilegeEscalation"] === false
            ? []
            : ["more privileges than it began with"]),
        ...(context["readOnlyRootFilesystem"] === true ? [] : ["a writable root"]),
        ...(context["runAsNonRoot"] === true && context["runAsUser"] !== 0
            ? []
            : ["the user root"]),
        ...listed(capabilities, "add").map(String),
        ...(listed(capabilities, "drop").includes("ALL") ? [] : ["the default capabilities"]),
        ...(isUnconfined("seccompProfile") ? ["every system call"] : []),
        ...(isUnconfined("appArmorProfile") ? ["no profile of AppArmor"] : []),
        ...(context["procMount"] === "Unmasked" ? ["the whole of /proc"] : []),
    ];
}

/** What pods may do that they could not. A container that is new is held to what any of the others had. */
export function moreFreedom(
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
): string | undefined {
    const before = freedomsOf(was);
    const known = new Set(containersOf(was).map(({ name }) => String(name)));
    const had = ({ what, container }: Freedom): boolean =>
        before.some(
            (freedom) =>
                freedom.what === what &&
                (freedom.container === container || !known.has(String(container))),
        );
    const more = freedomsOf(is)
        .filter((freedom) => !had(freedom))
        .map(({ what, container }) => (container === undefined ? what : `${what} in ${container}`));
    return more.length === 0 ? undefined : `its pods may have ${more.join(", ")} now`;
}

/** Annotations by which pods have another proxy than everybody's. */
const OF_THE_PROXY = [
    "sidecar.istio.io/proxyImage",
    "sidecar.istio.io/bootstrapOverride",
    "inject.istio.io/templates",
    "proxy.istio.io/overrides",
];
const PROXY = "istio-proxy";

function proxyOf(object: DeclaredObject | undefined): readonly string[] {
    const annotations = fields(podMetadata(object)["annotations"]);
    const said = OF_THE_PROXY.flatMap((name) =>
        annotations[name] === undefined ? [] : [`${name} ${word(annotations[name])}`],
    );
    const own = containersOf(object).filter(
        ({ name, image }) => name === PROXY && image !== undefined && image !== "auto",
    );
    return [...said, ...own.map(({ image }) => `container ${PROXY} ${String(image)}`)];
}

/** Whether the proxy that guards pods is chosen by what only they say. */
export function ownProxy(
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
): string | undefined {
    const before = proxyOf(was);
    return proxyOf(is).some((one) => !before.includes(one))
        ? "the proxy that guards its pods is one of its own now, and may guard them otherwise"
        : undefined;
}

interface Image {
    /** The registry, and who has it there. */
    readonly source: string;
    readonly isPinned: boolean;
}

function imagesOf(object: DeclaredObject | undefined): ReadonlyMap<string, Image> {
    return new Map(
        containersOf(object).map(({ name, image }) => {
            const [reference = "", digest] = word(image).split("@");
            return [
                String(name),
                {
                    source: reference.split("/").slice(0, -1).join("/"),
                    isPinned: digest !== undefined,
                },
            ] as const;
        }),
    );
}

/** Whether images come from elsewhere, or may be replaced without anybody saying so. */
export function looserImages(
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
): string | undefined {
    const before = imagesOf(was);
    const sources = new Set([...before.values()].map(({ source }) => source));
    for (const [name, { source, isPinned }] of imagesOf(is)) {
        if (!sources.has(source)) {
            const where = source === "" ? "the default registry" : source;
            return `the image of ${name} comes from ${where}, where none of its images came from`;
        }
        if (!isPinned && before.get(name)?.isPinned === true) {
            return `the image of ${name} is no longer told by its digest, so that another one may take its tag`;
        }
    }
    return undefined;
}

/** Whether callers are led to pods that are not asked whether they are ready. */
export function noReadiness(
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
): string | undefined {
    const asked = new Set(
        containersOf(was)
            .filter((container) => container["readinessProbe"] !== undefined)
            .map(({ name }) => name),
    );
    const left = containersOf(is).filter(
        (container) => asked.has(container["name"]) && container["readinessProbe"] === undefined,
    );
    return left.length === 0
        ? undefined
        : "callers are sent to its pods before anybody knows that they answer";
}
