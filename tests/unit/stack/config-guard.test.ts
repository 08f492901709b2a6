import assert from "node:assert/strict";
import { guardFrom } from "#stack/config.ts";
import { assertRefused, DEPLOYERS, load } from "./config-support.ts";
import type { Keys } from "./config-support.ts";

const CROWD =
    "a group that not everybody is in, as in system:authenticated, system:unauthenticated, system:serviceaccounts, system:nodes";
const ACCOUNT = "a ServiceAccount as namespace/name";
const USER = "a user's name, without * and without space around it";
const GROUP = "a group's name, without * and without space around it";
const NOBODY =
    "mesh:deployers: nobody is named, and the guard is on; name users, groups or serviceAccounts, or set guard.enabled to false";

/** What is given for deployers, where it is wrong, and what is said of it. */
const REFUSED: readonly (readonly [Keys, string])[] = [
    [
        { groups: ["system:authenticated"] },
        `groups.0: "system:authenticated" is not allowed; allowed: ${CROWD}`,
    ],
    [
        { groups: ["system:unauthenticated"] },
        `groups.0: "system:unauthenticated" is not allowed; allowed: ${CROWD}`,
    ],
    [
        { groups: ["a", "system:serviceaccounts"] },
        `groups.1: "system:serviceaccounts" is not allowed; allowed: ${CROWD}`,
    ],
    [{ groups: ["system:nodes"] }, `groups.0: "system:nodes" is not allowed; allowed: ${CROWD}`],
    [{ groups: [""] }, `groups.0: "" is not allowed; allowed: ${GROUP}`],
    [{ groups: ["ops "] }, `groups.0: "ops " is not allowed; allowed: ${GROUP}`],
    [{ users: ["*"] }, `users.0: "*" is not allowed; allowed: ${USER}`],
    [{ users: ["ci-*"] }, `users.0: "ci-*" is not allowed; allowed: ${USER}`],
    [{ users: ["two\nlines"] }, `users.0: "two\\nlines" is not allowed; allowed: ${USER}`],
    [
        { users: ["system:anonymous"] },
        'users.0: "system:anonymous" is not allowed; allowed: a user who has signed in',
    ],
    [
        { users: ["system:serviceaccount:ci:deployer"] },
        'users.0: "system:serviceaccount:ci:deployer" is not allowed; allowed: a user\'s name; a ServiceAccount belongs into serviceAccounts, as namespace/name',
    ],
    [
        { serviceAccounts: ["deployer"] },
        `serviceAccounts.0: "deployer" is not allowed; allowed: ${ACCOUNT}`,
    ],
    [
        { serviceAccounts: ["ci/deployer/x"] },
        `serviceAccounts.0: "ci/deployer/x" is not allowed; allowed: ${ACCOUNT}`,
    ],
    [
        { serviceAccounts: ["ci/*"] },
        `serviceAccounts.0: "ci/*" is not allowed; allowed: ${ACCOUNT}`,
    ],
    [{ teams: ["a"] }, "teams: there is no such key; allowed: users, groups, serviceAccounts"],
    [{ users: "jane" }, 'users: "jane" is not allowed; allowed: a list'],
];

describe("mesh:guard and mesh:deployers", () => {
    for (const [deployers, problem] of REFUSED) {
        it(`refuse ${JSON.stringify(deployers)}`, () => {
            assertRefused({ deployers }, [`mesh:deployers.${problem}`]);
        });
    }

    it("want somebody named wherever the guard is on, and there alone", () => {
        for (const deployers of [{}, { users: [], groups: [] }]) {
            assertRefused({ deployers }, [NOBODY]);
            assertRefused({ environment: "dev", guard: { enabled: true }, deployers }, [NOBODY]);
            assert.equal(load({ environment: "dev", deployers }).guard.enabled, false);
            assert.equal(load({ guard: { enabled: false }, deployers }).guard.enabled, false);
        }
    });

    it("refuse whoever is a pod of the mesh", () => {
        assertRefused({ deployers: { groups: ["system:serviceaccounts:a4co"] } }, [
            "mesh:deployers.groups: system:serviceaccounts:a4co is every pod of the mesh's; name one ServiceAccount in serviceAccounts",
        ]);
        assertRefused({ deployers: { serviceAccounts: ["a4co/payment-service"] } }, [
            "mesh:deployers.serviceAccounts: a4co/payment-service is a workload of the mesh, which could then rewrite who may call it",
        ]);
        load({ deployers: { groups: ["system:serviceaccounts:ci"] } });
        load({ deployers: { serviceAccounts: ["shop/payment-service"] } });
    });

    it("refuse a break-glass group that is no exception", () => {
        assertRefused({ guard: { breakGlassGroup: "a4co:mesh-deployers" } }, [
            "mesh:guard.breakGlassGroup: a4co:mesh-deployers is among the deployers, so its use would not be recorded",
        ]);
        assertRefused({ guard: { breakGlassGroup: "system:authenticated" } }, [
            `mesh:guard.breakGlassGroup: "system:authenticated" is not allowed; allowed: ${CROWD}`,
        ]);
    });

    it("say who may change the mesh", () => {
        const config = load({ guard: { breakGlassGroup: "emergency" } });
        assert.deepEqual(guardFrom(config, "prod"), {
            stack: "prod",
            deployers: DEPLOYERS,
            breakGlassGroup: "emergency",
        });
        assert.deepEqual(guardFrom(load({}), "prod"), { stack: "prod", deployers: DEPLOYERS });
    });
});
