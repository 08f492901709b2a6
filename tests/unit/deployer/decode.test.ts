import { deepStrictEqual, throws } from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { decodeInputs, encodeSecret } from "../../../local/deployer/embedded/decode.ts";

describe("inputs", () => {
    it("lose Pulumi's wrapping and remember which held a secret", () => {
        const reference = {
            [runtime.specialSigKey]: runtime.specialResourceSig,
            urn: "urn:x",
            id: "ns/x",
        };
        const asset = { [runtime.specialSigKey]: runtime.specialAssetSig, path: "./values.yaml" };
        const { values, secretKeys } = decodeInputs({
            plain: [1, true, null],
            deep: { list: [encodeSecret({ a: "b" })] },
            reference,
            asset,
            left: undefined,
        });
        deepStrictEqual(values, {
            plain: [1, true, null],
            deep: { list: [{ a: "b" }] },
            reference: "ns/x",
            asset: { asset: "path", value: "./values.yaml" },
        });
        deepStrictEqual([...secretKeys], ["deep"]);
    });

    it("with an archive are refused", () => {
        const archive = { [runtime.specialSigKey]: runtime.specialArchiveSig, path: "x" };
        throws(() => decodeInputs({ archive }), /archives among a resource's inputs/);
    });
});
