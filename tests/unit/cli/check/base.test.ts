import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
    mkdir,
    mkdtemp,
    readdir,
    readFile,
    readlink,
    realpath,
    rm,
    symlink,
    writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { changedSince, placeInRepository, withBase } from "#cli/check/base.ts";
import { Clock } from "#cli/check/clock.ts";
import type { BaseArgs } from "#cli/check/base.ts";
import { EnvironmentError } from "#errors.ts";
import { exists } from "#local/cache.ts";

const { signal } = new AbortController();

describe("the base of a check", () => {
    let folder: string;
    let repository: string;
    before(async () => {
        folder = await realpath(await mkdtemp(join(tmpdir(), "mesh-base-test-")));
        repository = join(folder, "repository");
        await mkdir(join(repository, "node_modules"), { recursive: true });
        await git("init", "--initial-branch", "main");
        await git("config", "user.email", "test@example.invalid");
        await git("config", "user.name", "test");
        await commit({
            "package-lock.json": "{}",
            "services/a.ts": "first",
            ".gitignore": "node_modules",
        });
        await git("tag", "first");
        await commit({ "services/a.ts": "second" });
        await writeFile(
            join(repository, ".git/hooks/post-index-change"),
            "#!/bin/sh\ntouch ../ran\n",
            {
                mode: 0o755,
            },
        );
        await writeFile(join(repository, "services/a.ts"), "third");
    });
    after(() => rm(folder, { recursive: true }));

    const git = (...args: readonly string[]) => execa("git", args, { cwd: repository });
    const commit = async (files: Readonly<Record<string, string>>) => {
        for (const [file, text] of Object.entries(files)) {
            await mkdir(join(repository, file, ".."), { recursive: true });
            await writeFile(join(repository, file), text);
        }
        await git("add", "--all");
        await git("commit", "--message", "change");
    };
    const base = <T>(
        args: Partial<BaseArgs>,
        work: Parameters<typeof withBase<T>>[1],
    ): Promise<T> =>
        withBase(
            {
                directory: repository,
                ref: "main",
                packages: true,
                signal,
                clock: new Clock(),
                ...args,
            },
            work,
        );

    it("is what was committed, with this checkout's packages, and is gone afterwards", async () => {
        const before = await fingerprint(repository);
        const seen = await base({ ref: "first" }, async ({ directory, commit, note }) => ({
            directory,
            commit,
            note,
            text: await readFile(join(directory, "services/a.ts"), "utf8"),
            packages: await readlink(join(directory, "node_modules")),
        }));
        assert.equal(seen.text, "first");
        assert.equal(seen.commit, (await git("rev-parse", "first")).stdout);
        assert.equal(seen.packages, join(repository, "node_modules"));
        assert.equal(seen.note, undefined);
        assert.equal(await exists(seen.directory), false);
        assert.deepEqual(await fingerprint(repository), before);
        assert.equal(await exists(join(folder, "ran")), false, "a hook ran");
    });

    it("is a folder of a larger repository where that is asked for", async () => {
        const files = await base(
            { directory: join(repository, "services"), packages: false },
            ({ directory }) => readdir(directory),
        );
        assert.deepEqual(files, ["a.ts"]);
    });

    it("is not left behind by work that fails", async () => {
        let directory = "";
        const failing = base({}, (tree) => {
            directory = tree.directory;
            return Promise.reject(new Error("it failed"));
        });
        await assert.rejects(failing, /it failed/);
        assert.equal(await exists(directory), false);
    });

    it("says what to do about a revision that is not there", async () => {
        await assert.rejects(
            base({ ref: "nowhere" }, () => Promise.resolve()),
            {
                name: "EnvironmentError",
                message:
                    "--base nowhere: there is no such commit, branch or tag in this repository.",
            },
        );
        await assert.rejects(
            base({ ref: "--help" }, () => Promise.resolve()),
            {
                name: "EnvironmentError",
                message: /^--base --help: there is no such commit/,
            },
        );
        await assert.rejects(
            base({ directory: folder }, () => Promise.resolve()),
            {
                name: "EnvironmentError",
                message: /is no git repository, so there is nothing to compare with\.$/,
            },
        );
    });

    it("is there after what it says to fetch is fetched into a shallow clone", async () => {
        const { stdout: first } = await git("rev-parse", "first");
        await git("branch", "release/1", "first");
        const wrong: readonly (readonly [ref: string, then: string])[] = [
            ["origin/release/1", "origin/release/1"],
            ["release/1", "origin/release/1"],
            ["refs/tags/first", "origin/first"],
            ["first", "origin/first"],
            [first, first],
            ["HEAD^1", "HEAD^1"],
            ["HEAD~", "HEAD~"],
            [first.slice(0, 10), first.slice(0, 10)],
        ];
        for (const [index, [ref, then]] of wrong.entries()) {
            const shallow = join(folder, `shallow ${index}`);
            await execa("git", ["clone", "--depth=1", `file://${repository}`, shallow]);
            const error: unknown = await base({ directory: shallow, ref, packages: false }, () =>
                Promise.resolve(),
            ).catch((reason: unknown) => reason);
            assert.ok(error instanceof EnvironmentError, ref);
            assert.match(error.message, /it is not in this shallow clone; fetch/);
            const [command = ""] = /git fetch [^(]*/.exec(error.message) ?? [];
            await execa("bash", ["-c", command], { cwd: shallow });
            assert.match(error.message, then.startsWith("origin/") ? new RegExp(then) : /fetch/);
            const { commit } = await base(
                { directory: shallow, ref: then, packages: false },
                (tree) => Promise.resolve(tree),
            );
            assert.equal(commit, first, ref);
        }
    });

    it("fetches nothing by itself in a partial clone, and says what does", async () => {
        await git("config", "uploadpack.allowFilter", "true");
        const partial = join(folder, "partial");
        await execa("git", ["clone", "--filter=blob:none", `file://${repository}`, partial]);
        const asked = { directory: partial, ref: "first", packages: false };
        const error: unknown = await base(asked, () => Promise.resolve()).catch(
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof EnvironmentError);
        const [command = ""] = /git archive .*/.exec(error.message) ?? [];
        await execa("bash", ["-c", command], { cwd: partial });
        await base(asked, () => Promise.resolve());
    });

    it("says whose repository git does not read, and how that is allowed", async () => {
        await withEnvironment({ GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" }, () =>
            assert.rejects(
                base({}, () => Promise.resolve()),
                {
                    name: "EnvironmentError",
                    message: `--base main: git does not read the repository of another user, unless that is allowed: git config --global --add safe.directory ${repository}`,
                },
            ),
        );
    });

    it("is of the folder's own repository in a hook of another one, whose index is left alone", async () => {
        const other = join(folder, "other");
        await execa("git", ["init", other]);
        const index = join(other, ".git/index");
        await withEnvironment(
            { GIT_DIR: join(other, ".git"), GIT_WORK_TREE: other, GIT_INDEX_FILE: index },
            async () => {
                const text = await base({ ref: "first" }, ({ directory }) =>
                    readFile(join(directory, "services/a.ts"), "utf8"),
                );
                assert.equal(text, "first");
                const changed = await changedSince(repository, "first", signal);
                assert.deepEqual(changed, [{ file: "services/a.ts", lines: [{ from: 1, to: 1 }] }]);
            },
        );
        assert.equal(await exists(index), false);
    });

    it("asks git for nothing but a place without a base, also where there is no git", async () => {
        const deep = join(repository, "services");
        assert.equal(await placeInRepository(deep, signal), "services/");
        await withEnvironment({ PATH: "/nowhere" }, async () => {
            assert.equal(await placeInRepository(deep, signal), "");
            await assert.rejects(
                base({}, () => Promise.resolve()),
                {
                    name: "EnvironmentError",
                    message: "--base needs git, which is not on PATH.",
                },
            );
        });
    });

    it("keeps pointers to large files, names that are odd, links, and packages that are committed", async () => {
        await git("checkout", "--force", "-b", "odd", "main");
        await git("config", "filter.lfs.smudge", "touch ../smudged; cat");
        await git("config", "filter.lfs.clean", "touch ../cleaned; cat");
        await git("config", "filter.lfs.required", "true");
        await commit({
            ".gitattributes": "*.bin filter=lfs\n",
            "large.bin": "pointer",
            'services/ä b\t"c.ts': "odd",
            ".gitignore": "",
            "node_modules/a/index.js": "own",
        });
        await symlink("large.bin", join(repository, "link"));
        await git("add", "link");
        await git("commit", "--message", "link");
        await rm(join(folder, "cleaned"), { force: true });
        const seen = await base({ ref: "odd" }, async ({ directory, note }) => ({
            note,
            large: await readFile(join(directory, "link"), "utf8"),
            odd: await readFile(join(directory, 'services/ä b\t"c.ts'), "utf8"),
            packages: await readFile(join(directory, "node_modules/a/index.js"), "utf8"),
        }));
        assert.deepEqual(seen, { note: undefined, large: "pointer", odd: "odd", packages: "own" });
        await writeFile(join(repository, "large.bin"), "another");
        await writeFile(join(repository, 'services/ä b\t"c.ts'), "another");
        const changed = await changedSince(repository, "odd", signal);
        assert.deepEqual(
            changed.map(({ file }) => file),
            ["large.bin", 'services/ä b\t"c.ts'],
        );
        for (const trace of ["smudged", "cleaned"]) {
            assert.equal(await exists(join(folder, trace)), false, `a filter ran: ${trace}`);
        }
        await git("config", "--remove-section", "filter.lfs");
        await git("checkout", "--force", "main");
        await mkdir(join(repository, "node_modules"), { recursive: true });
    });

    it("says so where its packages cannot be installed, and takes this checkout's", async () => {
        await git("checkout", "--force", "-b", "other");
        await commit({
            "package-lock.json": `{ "lockfileVersion": 3, "packages": {} }`,
            "package.json": `{ "dependencies": { "zod": "1.0.0" } }`,
        });
        await git("checkout", "main");
        const { note, packages } = await base({ ref: "other" }, async ({ directory, note }) => ({
            note,
            packages: await readlink(join(directory, "node_modules")),
        }));
        assert.match(
            note ?? "",
            /^The base was rendered with the packages of this checkout, not with its own: npm ci failed \(.+\)\.$/,
        );
        assert.equal(packages, join(repository, "node_modules"));
    });
});

/** Work with other variables in the environment. */
async function withEnvironment(
    variables: Readonly<Record<string, string>>,
    work: () => Promise<unknown>,
): Promise<void> {
    const kept = { ...process.env };
    Object.assign(process.env, variables);
    try {
        await work();
    } finally {
        for (const name of Object.keys(variables)) {
            if (kept[name] === undefined) {
                Reflect.deleteProperty(process.env, name);
            } else {
                process.env[name] = kept[name];
            }
        }
    }
}

/** Every file of a folder, git's own among them, by its digest. */
async function fingerprint(folder: string): Promise<readonly string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Promise.all(
        files.map(async (entry) => {
            const path = join(entry.parentPath, entry.name);
            return `${path} ${createHash("sha256")
                .update(await readFile(path))
                .digest("hex")}`;
        }),
    );
}
