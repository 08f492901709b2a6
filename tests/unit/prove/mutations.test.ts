import assert from "node:assert/strict";
import { sections } from "#checks/sections/index.ts";
import type { Catalog } from "#model/intents.ts";
import { matches } from "#prove/judge.ts";
import { mutationsOf } from "#prove/mutations/index.ts";
import { catalog } from "#services/catalog.ts";
import { meshContext } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { stackConfig } from "#stack/read-stack.ts";
import { catalog as bookinfo } from "../../bookinfo/catalog.ts";

const MESHES: Readonly<Record<string, Catalog>> = { a4co: catalog, Bookinfo: bookinfo };
/** What the local stack states for its own services alone is left out. */
const LEAST = 20;

async function meshOf(services: Catalog): Promise<DeclaredMesh> {
    const config = await stackConfig("local");
    const objects = (): never => assert.fail("the names of checks need no objects");
    return { catalog: services, config, context: meshContext(config), objects };
}

for (const [name, services] of Object.entries(MESHES)) {
    describe(`the mutations of ${name}`, () => {
        let mesh: DeclaredMesh;
        let ids: readonly string[];

        before(async () => {
            mesh = await meshOf(services);
            ids = Object.values(sections).flatMap((section) => section(mesh).map(({ id }) => id));
        });

        it(`there are at least ${LEAST}, each with a name of its own`, () => {
            const names = mutationsOf(mesh).map((mutation) => mutation.name);
            assert.ok(names.length >= LEAST, names.join("\n"));
            assert.equal(new Set(names).size, names.length);
        });

        it("each pattern of what they break means a check that there is", () => {
            for (const { name: mutation, breaks } of mutationsOf(mesh)) {
                assert.ok(breaks.length > 0, mutation);
                for (const pattern of breaks) {
                    const meant = ids.filter((id) => matches(pattern, id));
                    assert.ok(meant.length > 0, `${mutation}: ${pattern} means no check`);
                }
            }
        });

        it("each changes something", () => {
            for (const { name: mutation, changes } of mutationsOf(mesh)) {
                assert.ok(changes.length > 0, mutation);
            }
        });

        it("no one may turn half of the checks red and count as exact", () => {
            // Whatever is changed may be seen by those that look for changes.
            const others = ids.filter((id) => !id.startsWith("closed/"));
            for (const { name: mutation, breaks, mayBreak = [] } of mutationsOf(mesh)) {
                const meant = others.filter((id) =>
                    [...breaks, ...mayBreak].some((pattern) => matches(pattern, id)),
                );
                assert.ok(meant.length * 2 < others.length, `${mutation}: ${meant.join(", ")}`);
            }
        });

        it("every section whose checks a change of the mesh can reach has its own", () => {
            const proven = new Set(
                mutationsOf(mesh).flatMap(({ breaks }) =>
                    ids.filter((id) => breaks.some((pattern) => matches(pattern, id))),
                ),
            );
            const touched = new Set([...proven].map((id) => id.split("/")[0]));
            assert.deepEqual(
                Object.keys(sections).filter((section) => !touched.has(section)),
                // Supported versions and permissions are facts of a cluster, not controls of a mesh.
                ["preflight"],
            );
        });
    });
}
