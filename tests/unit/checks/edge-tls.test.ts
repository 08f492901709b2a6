import { match, ok, strictEqual } from "node:assert";
import { certificateProblem } from "#checks/sections/edge/certificate.ts";
import { versionRefused } from "#checks/sections/edge/tls.ts";

const DAY = 24 * 60 * 60 * 1000;
const HOSTS = ["*.a4co.local", "a4co.local"];
const CERTIFICATE = {
    subjectAltName: "DNS:*.a4co.local, DNS:a4co.local",
    validFrom: "Jan  1 00:00:00 2026 GMT",
    validTo: "Apr  1 00:00:00 2026 GMT",
};
const END = Date.parse(CERTIFICATE.validTo);

/** As Node 20 with OpenSSL 3 told it of a gateway. */
function alert(words: string, number: number): string {
    return `write EPROTO 807C4909CD7F0000:error:0A00042E:SSL routines:ssl3_read_bytes:${words}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number ${number}\n`;
}

describe("certificate of the gateway", () => {
    it("is sound until two weeks before its end", () => {
        strictEqual(certificateProblem(CERTIFICATE, HOSTS, END - 15 * DAY), undefined);
        match(certificateProblem(CERTIFICATE, HOSTS, END - 13 * DAY) ?? "", /too soon/);
    });

    it("is judged by a share of its life where that is short", () => {
        const short = { ...CERTIFICATE, validFrom: "Mar 26 00:00:00 2026 GMT" };
        strictEqual(certificateProblem(short, HOSTS, END - 2 * DAY), undefined);
        match(certificateProblem(short, HOSTS, END - DAY) ?? "", /too soon/);
    });

    it("is refused outside its time and for other hosts", () => {
        match(certificateProblem(CERTIFICATE, HOSTS, END) ?? "", /that ended/);
        match(
            certificateProblem(CERTIFICATE, HOSTS, Date.parse("Dec 31 2025 GMT")) ?? "",
            /not valid before/,
        );
        match(
            certificateProblem({ ...CERTIFICATE, subjectAltName: "DNS:a4co.local" }, HOSTS, 0) ??
                "",
            /without \*\.a4co\.local/,
        );
        const nameless = { ...CERTIFICATE, subjectAltName: undefined };
        match(certificateProblem(nameless, HOSTS, 0) ?? "", /without/);
    });
});

describe("refusal of an old TLS", () => {
    const result = { id: "", milliseconds: 0 };
    const version = "tlsv1 alert protocol version";

    it("is the server's alert protocol_version", () => {
        ok(versionRefused({ ...result, error: "EPROTO", detail: alert(version, 70) }));
        ok(versionRefused({ ...result, error: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" }));
    });

    it("is no other alert, no lost connection and no handshake", () => {
        const others = [
            { error: "EPROTO", detail: alert("sslv3 alert handshake failure", 40) },
            { error: "EPROTO", detail: alert("another", 700) },
            { error: "ECONNRESET", detail: "read ECONNRESET" },
            { error: "ERR_SSL_NO_PROTOCOLS_AVAILABLE" },
            { status: 200, tls: { protocol: "TLSv1.1", certificate: "" } },
            {},
        ];
        for (const other of others) {
            ok(!versionRefused({ ...result, ...other }), JSON.stringify(other));
        }
    });
});
