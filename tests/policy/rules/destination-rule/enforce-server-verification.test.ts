import { destinationRuleEnforceServerVerification } from "#policy/rules/destination-rule/enforce-server-verification.ts";
import { UNKNOWN } from "../../manifests.ts";
import { destinationRule, serviceEntry, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const BANK = "api.bank.example";
const tls = (fields: object): object => ({ tls: { mode: "SIMPLE", ...fields } });
const POLICY = "DestinationRule a4co/payment: spec.trafficPolicy";
const SKIP = "true accepts every certificate; only false, or nothing, is allowed";
const NAME = `none beside sni ${BANK}, so a certificate for any name is accepted; the server's names are required`;

describeRule(destinationRuleEnforceServerVerification, {
    compliant: {
        "an authority and a name": {
            objects: [
                destinationRule(
                    {
                        trafficPolicy: tls({
                            caCertificates: "system",
                            sni: BANK,
                            subjectAltNames: [BANK],
                        }),
                    },
                    BANK,
                ),
            ],
        },
        "a name that the ServiceEntry states": {
            objects: [
                destinationRule({ trafficPolicy: tls({ sni: BANK }) }, BANK),
                serviceEntry([BANK], { subjectAltNames: [BANK] }),
            ],
        },
        "the name that is asked for, which Istio compares by itself": {
            objects: [destinationRule({ trafficPolicy: tls({}) }, BANK)],
        },
    },
    violating: {
        "no verification": {
            objects: [destinationRule({ trafficPolicy: tls({ insecureSkipVerify: true }) }, BANK)],
            violations: [`${POLICY}.tls.insecureSkipVerify: ${SKIP}`],
        },
        "no verification of a host of the mesh, on one port": {
            objects: [
                destinationRule({
                    trafficPolicy: {
                        portLevelSettings: [
                            {
                                port: { number: 3006 },
                                tls: { mode: "ISTIO_MUTUAL", insecureSkipVerify: "true" },
                            },
                        ],
                    },
                }),
            ],
            violations: [`${POLICY}.portLevelSettings[0].tls.insecureSkipVerify: ${SKIP}`],
        },
        "an SNI and no name": {
            objects: [
                destinationRule(
                    { trafficPolicy: tls({ caCertificates: "/etc/bank/ca.pem", sni: BANK }) },
                    BANK,
                ),
            ],
            violations: [`${POLICY}.tls.subjectAltNames: ${NAME}`],
        },
        "a subset with an SNI and no name, beside the ServiceEntry of another host": {
            objects: [
                destinationRule(
                    {
                        subsets: [
                            {
                                name: "tls",
                                trafficPolicy: { tls: { mode: "MUTUAL", sni: BANK } },
                            },
                        ],
                    },
                    "*.bank.example",
                ),
                serviceEntry(["mail.example"], { subjectAltNames: ["mail.example"] }),
            ],
            violations: [
                `DestinationRule a4co/payment: spec.subsets[0].trafficPolicy.tls.subjectAltNames: ${NAME}`,
            ],
        },
    },
    unknown: {
        "the names beside a skipped verification": {
            objects: [
                destinationRule(
                    {
                        trafficPolicy: tls({
                            sni: BANK,
                            subjectAltNames: UNKNOWN,
                            insecureSkipVerify: true,
                        }),
                    },
                    BANK,
                ),
            ],
            violations: [`${POLICY}.tls.insecureSkipVerify: ${SKIP}`],
            advisories: [unknownAt(`${POLICY}.tls.subjectAltNames`)],
        },
        "the names that the ServiceEntry states": {
            objects: [
                destinationRule({ trafficPolicy: tls({ sni: BANK }) }, BANK),
                serviceEntry([BANK], { subjectAltNames: UNKNOWN }),
            ],
            advisories: [unknownAt("ServiceEntry a4co/bank: spec.subjectAltNames")],
        },
    },
    nearMiss: {
        "an SNI for a host of the mesh": {
            objects: [
                destinationRule({ trafficPolicy: { tls: { mode: "ISTIO_MUTUAL", sni: "x" } } }),
            ],
        },
        "verification that is not skipped": {
            objects: [destinationRule({ trafficPolicy: tls({ insecureSkipVerify: false }) }, BANK)],
        },
        "no TLS": { objects: [destinationRule({ trafficPolicy: {} }, BANK)] },
    },
});
