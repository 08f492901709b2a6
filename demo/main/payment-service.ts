import { durationOf, runService, urlOf, variable } from "../environment.ts";
import { createPaymentService } from "../payment-service.ts";

void runService(() => {
    const { env } = process;
    const fault = variable(env, "DEMO_FAULT");
    return createPaymentService({
        inventoryUrl: urlOf(env, "INVENTORY_URL", "http", "http://inventory-service:3005"),
        inventoryTimeoutMs: durationOf(env, "INVENTORY_TIMEOUT", 10_000),
        ...(fault === undefined ? {} : { fault }),
    });
}, 3006);
