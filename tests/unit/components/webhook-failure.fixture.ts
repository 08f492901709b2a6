import { MeshPlatform } from "#components/platform.ts";
import { recordResources } from "./mocks.ts";
import { DEV } from "./settings.ts";

// A program whose webhooks never answer. It prints what a runtime that reports each error once would see, as Pulumi's does.
const errors = new Set<unknown>();
process.on("unhandledRejection", (error) => errors.add(error));

const recorded = await recordResources();
new MeshPlatform("platform", {
    ...DEV,
    webhooks: { ready: () => Promise.reject(new Error("the injector did not answer")) },
});
await recorded.settle();
setImmediate(() => {
    console.log(
        JSON.stringify({
            errors: [...errors].map((error) =>
                error instanceof Error ? [error.constructor.name, error.message] : [],
            ),
            gateway: recorded.names().includes("platform-gateway"),
            istiod: recorded.names().includes("platform-istiod"),
        }),
    );
    process.exit(1);
});
