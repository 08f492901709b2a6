// A deployment of the small program in a process of its own, to be killed.
import { join } from "node:path";
import { deploy } from "#local/deployer/index.ts";
import { paths } from "#local/node/layout.ts";
import { IMAGES } from "#local/versions.ts";

await deploy({
    stack: "test",
    kubeconfig: paths.kubeconfig,
    program: join(import.meta.dirname, "basic/program.ts"),
    config: { "deployer-test:image": IMAGES.pause },
    report: () => undefined,
});
