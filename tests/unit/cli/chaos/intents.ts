import assert from "node:assert/strict";
import type { ChaosRequest } from "#cli/chaos/request.ts";
import { readChaosRequest } from "#cli/chaos/request.ts";
import type { ChaosIntent, ChaosKind } from "#model/chaos.ts";
import { catalog } from "#services/catalog.ts";

/** The experiment that a sound request leads to; on payment unless it names another service. */
export function intentOf(kind: ChaosKind, rest: Partial<ChaosRequest> = {}): ChaosIntent {
    const share = kind === "delay" || kind === "abort" ? { share: 100 } : {};
    const intent = readChaosRequest(
        { kind, service: "payment-service", ...share, ...rest },
        catalog,
    );
    assert.ok(typeof intent === "object", JSON.stringify(intent));
    return intent;
}
