import type { Change } from "../change.ts";
import { refsOf } from "../routes/words.ts";
import type { Subject } from "../subject.ts";
import { CALLED, outsidePortsOf, unreadEntriesOf } from "./outside-hosts.ts";
import type { OutsidePort, Protection } from "./outside-hosts.ts";

interface Words {
    readonly kind: string;
    readonly text: string;
    readonly weaker?: string;
}

const BY: Readonly<Record<Protection["by"], string>> = {
    application: "TLS of the application",
    plain: "plain text",
    proxy: "TLS of the proxy",
    unsaid: "whatever the application speaks",
};

function protectionSaid(before: Protection, after: Protection): readonly Words[] {
    const isPlain = after.by === "plain" && before.by !== "plain";
    const isDropped = before.by === "proxy" && after.by === "unsaid";
    const carried =
        before.by === after.by
            ? []
            : [
                  {
                      kind: "protection",
                      text: `is called with ${BY[after.by]}, was ${BY[before.by]}`,
                      ...((isPlain || isDropped) && {
                          weaker: "what is sent can be read and changed on its way",
                      }),
                  },
              ];
    return [...carried, ...(after.by === "proxy" ? verificationSaid(before, after) : [])];
}

function verificationSaid(before: Protection, after: Protection): readonly Words[] {
    const names = (text: string): string => (text === "" ? "of any server" : `named ${text}`);
    const wasProxy = before.by === "proxy";
    return [
        ...(after.unverified && !before.unverified
            ? [
                  {
                      kind: "verification",
                      text: "is called without a look at its certificate",
                      weaker: "anybody can pretend to be it",
                  },
              ]
            : []),
        ...(before.unverified && !after.unverified
            ? [{ kind: "verification", text: "has to show a certificate that is verified" }]
            : []),
        ...(wasProxy && before.names !== after.names
            ? [
                  {
                      kind: "verification",
                      text: `has to show a certificate ${names(after.names)}, was ${names(before.names)}`,
                      ...(after.names === "" && {
                          weaker: "a certificate of any server of its authority will do",
                      }),
                  },
              ]
            : []),
        ...(wasProxy && before.showsCertificate !== after.showsCertificate
            ? [
                  {
                      kind: "verification",
                      text: after.showsCertificate
                          ? "is shown a certificate of the proxy's own"
                          : "is no longer shown a certificate of the proxy's own",
                  },
              ]
            : []),
    ];
}

function portSaid(before: OutsidePort, after: OutsidePort): readonly Words[] {
    return [
        ...protectionSaid(before.protection, after.protection),
        ...(before.answered === after.answered
            ? []
            : [
                  {
                      kind: "address",
                      text: `is answered by ${after.answered}, was ${before.answered}`,
                      ...(after.answered === CALLED && {
                          weaker: "whoever names it can be led to any address",
                      }),
                  },
              ]),
        ...(before.throughGateway === after.throughGateway
            ? []
            : [
                  after.throughGateway
                      ? { kind: "gateway", text: "is called through a gateway now" }
                      : {
                            kind: "gateway",
                            text: "is called directly, was called through a gateway",
                            weaker: "calls go past the gateway, and past whatever it checks",
                        },
              ]),
    ];
}

/** How hosts outside that both sides declare are called. */
export function hostChanges(before: Subject, after: Subject): readonly Change[] {
    const old = new Map(outsidePortsOf(before).map((port) => [port.key, port]));
    const known = outsidePortsOf(after).flatMap((port): readonly Change[] => {
        const was = old.get(port.key);
        return was === undefined
            ? []
            : portSaid(was, port).map(({ kind, text, weaker }) => ({
                  topic: "egress",
                  kind: `egress/${kind}`,
                  about: port.host,
                  text: `${port.key} ${text}`,
                  ...(weaker !== undefined && { weaker }),
                  objects: refsOf([...port.objects, ...was.objects]),
              }));
    });
    const unread = [...new Set([after, before].flatMap(unreadEntriesOf))].map((entry): Change => ({
        topic: "egress",
        kind: "egress/unread",
        about: entry.label,
        text: `what ${entry.label} lets out cannot be compared: not all of it is known`,
        objects: refsOf([entry]),
    }));
    return [...known, ...unread];
}
