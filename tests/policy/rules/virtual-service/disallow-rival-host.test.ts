import { virtualServiceDisallowRivalHost } from "#policy/rules/virtual-service/disallow-rival-host.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const other = (spec: object) =>
    manifest("networking.istio.io/v1", "VirtualService", "a4co/other", {
        http: [PAYMENT],
        ...spec,
    });
const HOST = "payment.a4co.svc.cluster.local";

describeRule(virtualServiceDisallowRivalHost, {
    compliant: {
        "one for each host": { objects: [virtualService([PAYMENT]), other({ hosts: ["order"] })] },
    },
    violating: {
        "two for one host, short and in full": {
            objects: [virtualService([PAYMENT]), other({ hosts: [HOST] })],
            violations: [
                `VirtualService a4co/other: spec.hosts[0]: VirtualService a4co/payment routes ${HOST} as well, and only the older of both is followed; one VirtualService for a host is allowed`,
            ],
        },
    },
    unknown: {
        "the host": {
            objects: [virtualService([PAYMENT]), other({ hosts: [UNKNOWN] })],
            advisories: [unknownAt("VirtualService a4co/other: spec.hosts[0]")],
        },
    },
    nearMiss: {
        "one for the mesh, one for a gateway": {
            objects: [virtualService([PAYMENT]), other({ hosts: [HOST], gateways: ["edge"] })],
        },
        "one of HTTP, one of TCP": {
            objects: [
                virtualService([PAYMENT]),
                other({ hosts: [HOST], http: undefined, tcp: [PAYMENT] }),
            ],
        },
    },
});
