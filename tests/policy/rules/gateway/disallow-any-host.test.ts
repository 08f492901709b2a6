import { gatewayDisallowAnyHost } from "#policy/rules/gateway/disallow-any-host.ts";
import { UNKNOWN } from "../../manifests.ts";
import { gateway, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const server = (hosts: unknown): object => ({
    hosts,
    port: { number: 443, name: "https", protocol: "HTTPS" },
});
const ALLOWED = "names are needed, or a domain such as *.example.com";
const SERVERS = "Gateway a4co/edge: spec.servers";

describeRule(gatewayDisallowAnyHost, {
    compliant: {
        "a name and a domain": { objects: [gateway(server(["a4co.example", "*.a4co.example"]))] },
    },
    violating: {
        "every host beside a name": {
            objects: [gateway(server(["a4co.example", "*"]))],
            violations: [`${SERVERS}[0].hosts[1]: * is every host; ${ALLOWED}`],
        },
        "every host of one namespace, and of all": {
            objects: [gateway(server(["./*"]), server(["*/*"]))],
            violations: [
                `${SERVERS}[0].hosts[0]: ./* is every host; ${ALLOWED}`,
                `${SERVERS}[1].hosts[0]: */* is every host; ${ALLOWED}`,
            ],
        },
        "every host, outside production as well": {
            objects: [gateway(server(["*"]))],
            settings: { production: false },
            violations: [`${SERVERS}[0].hosts[0]: * is every host; ${ALLOWED}`],
        },
    },
    unknown: {
        "one host beside every host": {
            objects: [gateway(server([UNKNOWN, "*"]))],
            violations: [`${SERVERS}[0].hosts[1]: * is every host; ${ALLOWED}`],
            advisories: [unknownAt(`${SERVERS}[0].hosts[0]`)],
        },
    },
    nearMiss: {
        "a name from any namespace": { objects: [gateway(server(["*/a4co.example"]))] },
        "all services of another cluster": { objects: [gateway(server(["*.local"]))] },
    },
});
