import { authorizationPolicyDisallowEscapableDeny } from "#policy/rules/authorization-policy/disallow-escapable-deny.ts";
import { UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

function deny(...rules: readonly unknown[]): Manifest {
    return policy("a4co/deny", { action: "DENY", rules });
}

const RULE = "AuthorizationPolicy a4co/deny: spec.rules[0]";
const HEAD =
    "GET without HEAD, which is answered as GET would be and is not denied; HEAD beside GET is needed, or notMethods with what is left open";
const host = (name: string): string => `${name} and ${name}:* are needed together`;

describeRule(authorizationPolicyDisallowEscapableDeny, {
    compliant: {
        "GET and HEAD": { objects: [deny(to({ methods: ["GET", "HEAD"] }))] },
        "everything but": { objects: [deny(to({ notMethods: ["POST"] }))] },
        "a host with every port": {
            objects: [deny(to({ hosts: ["Admin.example.com", "admin.example.com:*"] }))],
        },
    },
    violating: {
        GET: {
            objects: [deny(to({ methods: ["GET", "POST"] }))],
            violations: [`${RULE}.to[0].operation.methods: ${HEAD}`],
        },
        "GET by a condition": {
            objects: [deny({ when: [{ key: "request.headers[:method]", values: ["G*"] }] })],
            violations: [`${RULE}.when[0].values: ${HEAD}`],
        },
        "a host alone": {
            objects: [deny(to({ hosts: ["admin.example.com"] }))],
            violations: [
                `${RULE}.to[0].operation.hosts[0]: admin.example.com can be reached with a port behind it, which is not denied; ${host("admin.example.com")}`,
            ],
        },
        "a host with one port": {
            objects: [deny(to({ hosts: ["admin.example.com:8443"] }))],
            violations: [
                `${RULE}.to[0].operation.hosts[0]: admin.example.com:8443 can be reached without the port, which is not denied; ${host("admin.example.com")}`,
            ],
        },
        "a domain": {
            objects: [deny(to({ hosts: ["*.example.com"] }))],
            violations: [
                `${RULE}.to[0].operation.hosts[0]: *.example.com can be reached with a port behind it, which is not denied; an ALLOW of the hosts that are meant, or notHosts, is allowed`,
            ],
        },
        "a host by its header": {
            objects: [deny({ when: [{ key: "request.headers[Host]", values: ["admin"] }] })],
            violations: [
                `${RULE}.when[0].values: can be written in another case, or with a port, which is not denied; to.operation.hosts is needed, with and without :*`,
            ],
        },
    },
    unknown: {
        "the methods hide no host": {
            objects: [deny(to({ methods: UNKNOWN, hosts: ["admin"] }))],
            violations: [
                `${RULE}.to[0].operation.hosts[0]: admin can be reached with a port behind it, which is not denied; ${host("admin")}`,
            ],
            advisories: [
                `${RULE}.to[0].operation.methods: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "an ALLOW of GET and a host": {
            objects: [allow(to({ methods: ["GET"], hosts: ["shop"], paths: ["/a"] }))],
        },
        "HEAD in another operation": {
            objects: [deny(to({ methods: ["GET"] }, { methods: ["HEAD"] }))],
        },
        "other methods": { objects: [deny(to({ methods: ["DELETE", "PUT"] }))] },
        "every method and host": { objects: [deny(to({ methods: ["*"], hosts: ["*"] }))] },
        "a prefix of hosts": { objects: [deny(to({ hosts: ["admin.*"] }))] },
    },
});
