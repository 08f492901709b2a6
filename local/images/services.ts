import { DEMO_SERVICES } from "../versions.ts";
import type { DemoService, ImageName } from "../versions.ts";
import { bundleService } from "./bundle.ts";
import type { ImageRecipe } from "./recipe.ts";

/** Whether the image is one of the demo services. */
export function isService(name: ImageName): name is DemoService {
    return (DEMO_SERVICES as readonly string[]).includes(name);
}

/** A demo service: one bundled file, run by the Node that runs this program. */
export async function service(name: DemoService): Promise<ImageRecipe> {
    const { path } = await bundleService(name);
    return {
        name,
        shared: ["node"],
        entries: [
            { kind: "directory", path: "app", mode: 0o755 },
            { kind: "file", path: "app/server.js", source: path, mode: 0o644 },
        ],
        run: {
            Entrypoint: ["/usr/local/bin/node", "/app/server.js"],
            Env: ["NODE_ENV=production"],
            User: "10001",
            WorkingDir: "/app",
        },
    };
}
