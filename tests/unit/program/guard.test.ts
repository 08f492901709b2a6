import assert from "node:assert/strict";
import { run } from "../../render/render.ts";
import type { RenderedResource, Rendering } from "../../render/rendering.ts";
import { stackConfig } from "../../render/stack-config.ts";

const ACCOUNT = "system:serviceaccount:ci:deployer";

function deployedBy(user: string, deployers: object, preview = false): Promise<Rendering> {
    return run({
        program: "tests/render/guarded.ts",
        stack: "prod",
        config: { ...stackConfig("prod", { "mesh:deployers": deployers }), "test:user": user },
        preview,
    });
}

function policies({ resources }: Rendering): RenderedResource[] {
    return resources.filter(({ type }) => type.includes(":ValidatingAdmissionPolicy"));
}

describe("the guard of the mesh", () => {
    it("is made by a user, a member of a group and a ServiceAccount that are named", async () => {
        const renderings = await Promise.all([
            deployedBy("jane", { users: ["jane"] }),
            deployedBy("jane", { groups: ["staff"] }),
            deployedBy(ACCOUNT, { serviceAccounts: ["ci/deployer"] }),
        ]);
        for (const rendering of renderings) {
            assert.deepEqual(rendering.errors, []);
            // Two that refuse, two that record, and a binding for each.
            assert.equal(policies(rendering).length, 8);
        }
    });

    it("is not made by whoever it would lock out, who is told so once", async () => {
        const [stranger, otherAccount] = await Promise.all([
            deployedBy("jane", { users: ["joe"], groups: ["admins"] }),
            deployedBy(ACCOUNT, { serviceAccounts: ["ci/other"] }),
        ]);
        const why = "of staff, system:authenticated is not in mesh:deployers";
        const mend =
            "name the user, a group or the ServiceAccount there, or deploy as one of those";
        assert.deepEqual(stranger.errors, [
            `the guard of stack prod would lock out who deploys it: user jane ${why}; ${mend}`,
        ]);
        assert.deepEqual(otherAccount.errors, [
            `the guard of stack prod would lock out who deploys it: user ${ACCOUNT} ${why}; ${mend}`,
        ]);
        assert.deepEqual([...policies(stranger), ...policies(otherAccount)], []);
    });

    it("is not made while nobody knows who deploys it", async () => {
        const rendering = await deployedBy("nobody", { users: ["joe"] });
        assert.deepEqual(rendering.errors, [
            "the API server did not say who deploys: connection refused",
        ]);
        assert.deepEqual(policies(rendering), []);
    });

    it("asks nobody in a preview", async () => {
        const rendering = await deployedBy("nobody", { users: ["joe"] }, true);
        assert.deepEqual(rendering.errors, []);
        assert.equal(policies(rendering).length, 8);
    });
});
