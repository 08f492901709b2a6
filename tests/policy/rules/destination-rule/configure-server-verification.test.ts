import { destinationRuleConfigureServerVerification } from "#policy/rules/destination-rule/configure-server-verification.ts";
import { UNKNOWN } from "../../manifests.ts";
import { destinationRule, serviceEntry, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const BANK = "api.bank.example";
const tls = (fields: object): object => ({ tls: { mode: "SIMPLE", ...fields } });
const TLS = "DestinationRule a4co/payment: spec.trafficPolicy.tls";
const AUTHORITY =
    "no authority, so any public one may vouch for the server; a file, system, or a credentialName should be stated";
const NAME =
    "no name, so only HTTP is compared with the name that is asked for; sni and subjectAltNames should be stated";

describeRule(destinationRuleConfigureServerVerification, {
    compliant: {
        "an authority and a name": {
            objects: [
                destinationRule(
                    { trafficPolicy: tls({ caCertificates: "system", subjectAltNames: [BANK] }) },
                    BANK,
                ),
            ],
        },
        "a secret, and the name in the ServiceEntry": {
            objects: [
                destinationRule({ trafficPolicy: tls({ credentialName: "bank" }) }, BANK),
                serviceEntry(["*.bank.example"], { subjectAltNames: [BANK] }),
            ],
        },
    },
    violating: {
        "neither authority nor name": {
            objects: [destinationRule({ trafficPolicy: tls({}) }, BANK)],
            violations: [`${TLS}.caCertificates: ${AUTHORITY}`, `${TLS}.sni: ${NAME}`],
        },
        "no authority for one port": {
            objects: [
                destinationRule(
                    {
                        trafficPolicy: {
                            portLevelSettings: [tls({ sni: BANK, subjectAltNames: [BANK] })],
                        },
                    },
                    BANK,
                ),
            ],
            violations: [
                `DestinationRule a4co/payment: spec.trafficPolicy.portLevelSettings[0].tls.caCertificates: ${AUTHORITY}`,
            ],
        },
    },
    unknown: {
        "the authority beside no name": {
            objects: [destinationRule({ trafficPolicy: tls({ caCertificates: UNKNOWN }) }, BANK)],
            violations: [`${TLS}.sni: ${NAME}`],
            advisories: [unknownAt(`${TLS}.caCertificates`)],
        },
    },
    nearMiss: {
        "a host of the mesh": { objects: [destinationRule({ trafficPolicy: tls({}) })] },
        "mutual TLS with the mesh's certificates": {
            objects: [destinationRule({ trafficPolicy: tls({ mode: "ISTIO_MUTUAL" }) }, BANK)],
        },
    },
});
