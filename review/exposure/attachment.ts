import { grouped } from "#model/groups.ts";
import { textsOf } from "#policy/gateways.ts";
import type { Field } from "#policy/field.ts";
import type { Change } from "../change.ts";
import { readable } from "../mesh.ts";
import type { Listener } from "../routes/listeners.ts";
import { listed } from "../routes/space.ts";
import { refsOf } from "../routes/words.ts";
import type { Subject } from "../subject.ts";
import { outsideListeners } from "./outside.ts";

const EVERY = "*";

/** Whose routes may serve a host of a server. @throws UnknownValue */
function ofServer(server: Field): readonly (readonly [host: string, place: string])[] {
    return server
        .at("hosts")
        .texts()
        .map((text) => {
            const [place = "", host] = text.includes("/") ? text.split("/") : [EVERY, text];
            return [host ?? "", place === "." ? server.object.namespace : place];
        });
}

/** Whose routes may serve a listener of Kubernetes' API. @throws UnknownValue */
function ofListener(listener: Field): readonly (readonly [host: string, place: string])[] {
    const host = listener.at("hostname").text() ?? EVERY;
    const allowed = listener.at("allowedRoutes", "namespaces");
    const from = allowed.at("from").text() ?? "Same";
    const labels = textsOf(allowed.at("selector", "matchLabels")).map((label) => label.join("="));
    return [
        [
            host,
            from === "All"
                ? EVERY
                : from === "Selector"
                  ? `namespaces of ${listed(labels.sort())}`
                  : listener.object.namespace,
        ],
    ];
}

/** Whose routes may serve each host at a place. */
function servants({ field }: Listener): readonly (readonly [host: string, place: string])[] {
    return field === undefined
        ? []
        : (readable(() =>
              field.path.startsWith("spec.servers") ? ofServer(field) : ofListener(field),
          ) ?? []);
}

function byHost(listeners: readonly Listener[]): ReadonlyMap<string, readonly string[]> {
    const pairs = grouped(listeners.flatMap(servants), ([host]) => [host]);
    return new Map(
        Array.from(pairs, ([host, own]) => [host, [...new Set(own.map(([, place]) => place))]]),
    );
}

function placesWritten(places: readonly string[]): string {
    return places.includes(EVERY) ? "every namespace" : listed([...places].sort());
}

/** Namespaces whose routes may take requests for a host that they could not. */
export function attachmentChanges(before: Subject, after: Subject): readonly Change[] {
    const [old, now] = [before, after].map((subject) =>
        grouped(outsideListeners(subject), ({ place }) => [place]),
    );
    return Array.from(now ?? []).flatMap(([place, listeners]) => {
        const known = byHost(old?.get(place) ?? []);
        return Array.from(byHost(listeners)).flatMap(([host, places]): readonly Change[] => {
            const were = known.get(host);
            const [listener] = listeners;
            const more = places.filter((one) => were?.includes(one) === false);
            return were === undefined ||
                listener === undefined ||
                were.includes(EVERY) ||
                more.length === 0
                ? []
                : [
                      {
                          topic: "exposure",
                          kind: "exposure/attachment",
                          about: listener.gateway,
                          text: `${listener.gateway} takes routes of ${placesWritten(places)} for ${host === EVERY ? "every host" : host} on port ${listener.port} now, was ${placesWritten(were)}`,
                          weaker: "whoever writes routes there may take its requests",
                          objects:
                              listener.field === undefined ? [] : refsOf([listener.field.object]),
                      },
                  ];
        });
    });
}
