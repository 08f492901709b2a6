import { durationOf, runService, urlOf, variable } from "../environment.ts";
import { createNatsPublisher } from "../events.ts";
import { createOrderService } from "../order-service.ts";

void runService(() => {
    const { env } = process;
    const fault = variable(env, "DEMO_FAULT");
    const url = urlOf(env, "NATS_URL", "nats", "nats://nats:4222");
    return createOrderService({
        paymentUrl: urlOf(env, "PAYMENT_URL", "http", "http://payment-service:3006"),
        paymentTimeoutMs: durationOf(env, "PAYMENT_TIMEOUT", 20_000),
        events: createNatsPublisher({
            url,
            name: "order-service",
            onChange: (connected, detail) => {
                const time = new Date().toISOString();
                const line = { time, service: "order-service", events: { connected, detail } };
                process.stdout.write(`${JSON.stringify(line)}\n`);
            },
        }),
        ...(fault === undefined ? {} : { fault }),
    });
}, 3004);
