import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import type { Header } from "tar-stream";
import { writeArchive } from "#local/images/archive.ts";
import type { RunConfig } from "#local/images/archive.ts";
import { writeLayer } from "#local/images/layer.ts";
import type { LayerEntry } from "#local/images/layer.ts";
import { placeLibraries } from "#local/images/runtime.ts";

const REFERENCE = "registry.example/thing:1.0";

describe("image archives", () => {
    let dir = "";

    beforeEach(async () => {
        dir = await mkdtemp(join(tmpdir(), "images-test-"));
        await writeFile(join(dir, "binary"), "\x7fELF".repeat(100_000));
    });
    afterEach(async () => {
        await rm(dir, { recursive: true });
    });

    const entries = (): LayerEntry[] => [
        { kind: "directory", path: "var/lib/thing", mode: 0o1777, owner: 10001 },
        { kind: "file", path: "usr/bin/thing", source: join(dir, "binary"), mode: 0o755 },
        { kind: "text", path: "etc/thing", text: "größe: 1\n", mode: 0o644 },
        { kind: "symlink", path: "usr/bin/alias", target: "thing" },
    ];
    const run: RunConfig = { Entrypoint: ["/usr/bin/thing"], Env: ["A=b"], User: "10001" };

    async function archive(name: string): Promise<string> {
        const base = await writeLayer([], join(dir, "base.tar"));
        const own = await writeLayer(entries(), join(dir, "own.tar"));
        await writeArchive(join(dir, name), REFERENCE, run, [base, own]);
        return join(dir, name);
    }

    it("keeps kind, mode, owner and content of every entry", async () => {
        const { path } = await writeLayer(entries(), join(dir, "layer.tar"));
        const found = await read(path);
        const summary = found.map(({ header }) => {
            const { name, type, mode, uid, gid, mtime, linkname } = header;
            return { name, type, mode, uid, gid, time: mtime.getTime(), linkname };
        });
        const common = { uid: 0, gid: 0, time: 0, linkname: null };
        const owned = { ...common, uid: 10001, gid: 10001 };
        assert.deepEqual(summary, [
            { ...owned, name: "var/lib/thing", type: "directory", mode: 0o1777 },
            { ...common, name: "usr/bin/thing", type: "file", mode: 0o755 },
            { ...common, name: "etc/thing", type: "file", mode: 0o644 },
            { ...common, name: "usr/bin/alias", type: "symlink", mode: 0o777, linkname: "thing" },
        ]);
        assert.deepEqual(found[1]?.content, await readFile(join(dir, "binary")));
        assert.equal(found[2]?.content.toString(), "größe: 1\n");
    });

    it("names layers and configuration by their digests", async () => {
        const found = new Map((await read(await archive("a.tar"))).map((e) => [e.header.name, e]));
        const [manifest] = json(found.get("manifest.json")?.content) as [Manifest];
        assert.deepEqual(manifest.RepoTags, [REFERENCE]);
        const config = found.get(manifest.Config)?.content;
        assert.equal(manifest.Config, `${digestOf(config)}.json`);
        const { rootfs, config: started } = json(config) as Config;
        const layers = manifest.Layers.map(
            (name) => `sha256:${digestOf(found.get(name)?.content)}`,
        );
        assert.equal(layers.length, 2);
        assert.deepEqual(rootfs, { type: "layers", diff_ids: layers });
        assert.deepEqual(started.Entrypoint, ["/usr/bin/thing"]);
        assert.equal(started.User, "10001");
        assert.match(started.Env[0] ?? "", /^PATH=.*:\/usr\/bin/);
        assert.equal(started.Env[1], "A=b");
        assert.equal(found.size, 4, "manifest, configuration and two layers, nothing else");
    });

    it("gives equal bytes for equal content, whatever its time", async () => {
        const first = await readFile(await archive("first.tar"));
        await utimes(join(dir, "binary"), 1, 1);
        const second = await readFile(await archive("second.tar"));
        assert.ok(first.equals(second));
    });

    it("gives another layer for another mode", async () => {
        const [file] = entries().slice(1);
        assert.ok(file?.kind === "file");
        const one = await writeLayer([file], join(dir, "1.tar"));
        const other = await writeLayer([{ ...file, mode: 0o700 }], join(dir, "2.tar"));
        assert.notEqual(one.digest, other.digest);
    });

    it("says which file is missing", async () => {
        const source = join(dir, "absent");
        const entry: LayerEntry = { kind: "file", path: "x", source, mode: 0o644 };
        await assert.rejects(writeLayer([entry], join(dir, "x.tar")), /absent/);
    });
});

describe("a binary's libraries", () => {
    it("keep their names, and the linker its path", () => {
        const ldd = [
            "\tlinux-vdso.so.1 (0x00007ffe)",
            "\tlibnode.so.115 => /opt/node/lib/libnode.so.115 (0x00007f01)",
            "\t/lib64/ld-linux-x86-64.so.2 (0x00007f03)",
        ].join("\n");
        const file = { kind: "file", mode: 0o755 } as const;
        assert.deepEqual(placeLibraries(ldd), [
            {
                ...file,
                path: "usr/lib/x86_64-linux-gnu/libnode.so.115",
                source: "/opt/node/lib/libnode.so.115",
            },
            {
                ...file,
                path: "lib64/ld-linux-x86-64.so.2",
                source: "/lib64/ld-linux-x86-64.so.2",
            },
        ]);
    });

    it("must all be there", () => {
        assert.throws(() => placeLibraries("\tlibgone.so.1 => not found"), /no libgone\.so\.1/);
    });
});

interface Manifest {
    readonly Config: string;
    readonly RepoTags: readonly string[];
    readonly Layers: readonly string[];
}

interface Config {
    readonly config: {
        readonly Entrypoint: readonly string[];
        readonly Env: readonly string[];
        readonly User: string;
    };
    readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
}

interface Entry {
    readonly header: Header;
    readonly content: Buffer;
}

async function read(path: string): Promise<Entry[]> {
    const found: Entry[] = [];
    const tar = extract();
    Readable.from(await readFile(path)).pipe(tar);
    for await (const entry of tar) {
        const chunks: Buffer[] = [];
        for await (const chunk of entry) {
            chunks.push(Buffer.from(chunk as Uint8Array));
        }
        found.push({ header: entry.header, content: Buffer.concat(chunks) });
    }
    return found;
}

function json(content: Buffer | undefined): unknown {
    return JSON.parse(String(content));
}

function digestOf(content: Buffer | undefined): string {
    assert.ok(content !== undefined);
    return createHash("sha256").update(content).digest("hex");
}
