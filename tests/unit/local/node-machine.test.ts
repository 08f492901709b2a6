import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert";
import { createServer } from "node:net";
import { EnvironmentError } from "#errors.ts";
import { capacityFault } from "#local/node/capacity.ts";
import { parseHierarchies } from "#local/node/cgroups.ts";
import { defaultPorts } from "#local/node/layout.ts";
import { mountPlan, networkPlan } from "#local/node/namespaces.ts";
import { describeHolder, withClusterLock } from "#local/node/owner.ts";
import { checkPorts, choosePorts } from "#local/node/ports.ts";
import { parseMounts } from "#local/node/teardown.ts";

const GIB = 1024 ** 3;
const large = { memory: 8 * GIB, disk: 20 * GIB, filesystems: "nodev\ttmpfs\nnodev\toverlay\n" };

describe("capacity of the machine", () => {
    it("suffices", () => {
        strictEqual(capacityFault(large), undefined);
    });
    it("lacks memory, disk or a file system, in one sentence", () => {
        match(capacityFault({ ...large, memory: 2 * GIB }) ?? "", /3 GiB of memory.*has 2\.0 GiB/);
        match(
            capacityFault({ ...large, disk: GIB }) ?? "",
            /6 GiB of free disk.*1\.0 GiB are left/,
        );
        match(capacityFault({ ...large, filesystems: "nodev\ttmpfs\n" }) ?? "", /no overlay/);
    });
});

describe("ports", () => {
    it("come from the flag, else the environment, else the cluster, else the default", () => {
        const recorded = { api: 1, http: 2, https: 3 };
        deepStrictEqual(choosePorts({}, {}, undefined), defaultPorts);
        deepStrictEqual(choosePorts({}, {}, recorded), recorded);
        deepStrictEqual(choosePorts({}, { MESH_HTTP_PORT: "80" }, recorded), {
            ...recorded,
            http: 80,
        });
        deepStrictEqual(choosePorts({ http: "81" }, { MESH_HTTP_PORT: "80" }, recorded), {
            ...recorded,
            http: 81,
        });
    });

    for (const value of ["0", "65536", "-1", "http", "8 0", "1e3"]) {
        it(`refuse "${value}" and name the flag`, () => {
            throws(
                () => choosePorts({ api: value }, {}, undefined),
                (error) =>
                    error instanceof EnvironmentError &&
                    error.message ===
                        `--api-port is "${value}"; it must be a port from 1 to 65535.`,
            );
        });
    }

    it("refuse one port for two purposes", () => {
        throws(
            () => choosePorts({ http: "16443" }, {}, undefined),
            /--api-port and --http-port are both 16443/,
        );
    });

    it("that are busy are named with the flag and the variable", async () => {
        const server = createServer();
        const port = await new Promise<number>((resolve) => {
            server.listen(0, "127.0.0.1", () => {
                const address = server.address();
                resolve(typeof address === "object" && address !== null ? address.port : 0);
            });
        });
        try {
            const ports = { ...defaultPorts, http: port };
            await rejects(
                checkPorts(ports, new Set([defaultPorts.api, defaultPorts.https])),
                (error) => {
                    ok(error instanceof EnvironmentError);
                    match(
                        error.message,
                        new RegExp(`^Port ${port} .*--http-port or MESH_HTTP_PORT`),
                    );
                    return true;
                },
            );
            await checkPorts(ports, new Set(Object.values(ports)));
        } finally {
            server.close();
        }
    });
});

describe("cgroup hierarchies", () => {
    it("are read for version 1 and version 2, apart from other mounts", () => {
        const mounts = [
            "tmpfs /sys/fs/cgroup tmpfs rw 0 0",
            "cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0",
            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0",
            "",
        ].join("\n");
        deepStrictEqual(
            parseHierarchies(mounts).map(({ mountpoint, version }) => [mountpoint, version]),
            [
                ["/sys/fs/cgroup/cpuset", 1],
                ["/sys/fs/cgroup/unified", 2],
            ],
        );
        ok(parseHierarchies(mounts)[0]?.controllers.includes("cpuset"));
    });
});

describe("the node's namespaces", () => {
    it("have no route out", () => {
        const routes = networkPlan().filter((line) => line.startsWith("route"));
        deepStrictEqual(routes, [
            "route replace 100.65.0.0/16 dev node0",
            "route replace unreachable default",
        ]);
    });

    it("hide the machine's own kernel settings from the kubelet", () => {
        match(mountPlan(), /mount --bind \S+ \/proc\/sys\/vm\/overcommit_memory/);
    });
});

describe("mounts of the node", () => {
    it("are found at and below its directories, last first, with blanks in their names", () => {
        const line = (place: string): string =>
            `36 35 98:0 / ${place} rw shared:1 - ext4 /dev/a rw`;
        const text = [
            "/",
            "/run/a4co-mesh/ns",
            "/run/a4co-mesh/ns/mnt",
            "/run/a4co-mesh-other",
            "/run/a4co-mesh/a\\040b",
        ]
            .map(line)
            .join("\n");
        deepStrictEqual(parseMounts(text, ["/run/a4co-mesh"]), [
            "/run/a4co-mesh/a b",
            "/run/a4co-mesh/ns/mnt",
            "/run/a4co-mesh/ns",
        ]);
    });
});

describe("the command that holds the cluster", () => {
    const HOLDER = { command: "up", checkout: "/one", pid: 7, since: "2026-11-30T12:00:00.000Z" };

    it("is named", () => {
        strictEqual(
            describeHolder({ ...HOLDER, command: "up" }),
            '"mesh up" of /one (process 7, since 2026-11-30T12:00:00.000Z) is changing the local cluster; wait for it to end.',
        );
        match(describeHolder(undefined), /^Another mesh command/);
    });

    it("is named without what a terminal would act on, and not at any length", () => {
        const command = `\x1b]0;owned\x07\u202e${"x".repeat(10_000)}\nup`;
        const text = describeHolder({ ...HOLDER, command });
        match(text, /^"mesh \?\]0;owned\?\?x+\.\.\." of \/one /);
        ok(text.length < 400, text);
    });

    it("keeps out the second until it has ended", async () => {
        const name = "test";
        await withClusterLock(
            "up",
            "/one",
            async () => {
                await rejects(
                    withClusterLock("down", "/two", () => Promise.resolve(), name),
                    /"mesh up" of \/one \(process \d+, since \d{4}-/,
                );
            },
            name,
        );
        strictEqual(await withClusterLock("down", "/two", () => Promise.resolve(5), name), 5);
    });
});
