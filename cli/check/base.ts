import { lstat, mkdir, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { EnvironmentError } from "#errors.ts";
import { inPrivateFolder, readIfPresent } from "#files.ts";
import type { ChangedFile } from "#review/source/lines.ts";
import { changedFilesIn } from "#review/source/lines.ts";
import type { Clock } from "./clock.ts";

/** Another revision of a folder, in a folder of its own that the working tree knows nothing of. */
export interface BaseTree {
    readonly commit: string;
    /** The folder that was asked for, in it. */
    readonly directory: string;
    /** What is not as it was at that revision, one sentence; absent where everything is. */
    readonly note?: string;
}

/** Of one call of git, and of an installation of packages. */
const GIT_MILLISECONDS = 60_000;
const INSTALL_MILLISECONDS = 240_000;

const PACKAGES = "node_modules";
const LOCK = "package-lock.json";

/** Nothing of the repository is written to, run or fetched: a large file stays the pointer to it that is committed. */
const READ_ONLY = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.sparseCheckout=false",
    "filter.lfs.process=",
    "filter.lfs.smudge=",
    "filter.lfs.clean=",
    "filter.lfs.required=false",
].flatMap((setting) => ["-c", setting]);
/** In a hook, git says by these which repository and which index it means; here a folder says it. */
const OF_A_HOOK = [
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
];
const ENVIRONMENT = {
    ...Object.fromEntries(OF_A_HOOK.map((name) => [name, undefined])),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
};

/** Which revision is read, of what. */
export interface BaseArgs {
    /** A folder of a git repository. */
    readonly directory: string;
    /** A commit, a branch or a tag. */
    readonly ref: string;
    /** Whether the folder is a checkout whose program will run. */
    readonly packages: boolean;
    readonly signal: AbortSignal;
    readonly clock: Clock;
}

/**
 * Works with another revision of a folder, which is gone afterwards. The working tree, the index and the repository are
 * left alone.
 *
 * @throws EnvironmentError where the revision is not there, with what to fetch
 */
export async function withBase<T>(
    { directory: checkout, ref, packages, signal, clock }: BaseArgs,
    work: (base: BaseTree) => Promise<T>,
): Promise<T> {
    const repository = new Repository(checkout, signal);
    const commit = await repository.commitOf(ref);
    return inPrivateFolder(async (folder) => {
        const directory = await clock.of("base: files", () =>
            repository.extract({ commit, ref }, folder),
        );
        const note = packages
            ? await clock.of("base: packages", () => packagesFor(directory, checkout, signal))
            : undefined;
        return work({ commit, directory, ...(note !== undefined && { note }) });
    });
}

/** The files of a folder that differ from a commit. @throws EnvironmentError where git fails */
export async function changedSince(
    directory: string,
    commit: string,
    signal: AbortSignal,
): Promise<ChangedFile[]> {
    return new Repository(directory, signal).changedSince(commit);
}

/** The path of a folder from the root of its repository, for example `deploy/`; empty for the root, or without a repository. */
export async function placeInRepository(directory: string, signal: AbortSignal): Promise<string> {
    return new Repository(directory, signal).prefix();
}

/** A git repository that is only read. */
class Repository {
    readonly #checkout: string;
    readonly #signal: AbortSignal;

    constructor(checkout: string, signal: AbortSignal) {
        this.#checkout = checkout;
        this.#signal = signal;
    }

    /** The commit that a name stands for. @throws EnvironmentError where there is none */
    async commitOf(ref: string): Promise<string> {
        const { stdout, failed } = await this.#git(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`],
            { reject: false },
        );
        if (!failed) {
            return stdout;
        }
        throw new EnvironmentError(`--base ${ref}: ${await this.#whyMissing(ref)}`);
    }

    async #whyMissing(ref: string): Promise<string> {
        const shallow = await this.#git(["rev-parse", "--is-shallow-repository"], {
            reject: false,
        });
        const refused = /git config --global --add safe\.directory .+/.exec(shallow.stderr)?.[0];
        if (refused !== undefined) {
            return `git does not read the repository of another user, unless that is allowed: ${refused}`;
        }
        if (shallow.failed) {
            return `${this.#checkout} is no git repository, so there is nothing to compare with.`;
        }
        if (shallow.stdout !== "true") {
            return "there is no such commit, branch or tag in this repository.";
        }
        const { stdout: remotes } = await this.#git(["remote"]);
        return `it is not in this shallow clone; ${howToFetch(ref, remotes.split("\n"))}`;
    }

    /** Writes the files of a commit into a folder. @returns where the checkout lies in it */
    async extract({ commit, ref }: NamedCommit, folder: string): Promise<string> {
        const { stdout: root } = await this.#git(["rev-parse", "--show-toplevel"]);
        const { stdout: prefix } = await this.#git(["rev-parse", "--show-prefix"]);
        const env = { GIT_INDEX_FILE: join(folder, "index") };
        const tree = join(folder, "tree");
        await mkdir(tree);
        await this.#git(["read-tree", commit], { env });
        const written = await this.#git(
            ["checkout-index", "--all", "--quiet", `--prefix=${tree}/`],
            { env, cwd: root, reject: false },
        );
        if (written.failed) {
            throw new EnvironmentError(
                `--base ${ref}: its files cannot be written to ${folder} (${sentenceOf(written)}); in a partial clone they are fetched by: git archive --output=/dev/null ${commit}`,
            );
        }
        const directory = join(tree, prefix);
        if ((await stat(directory).catch(() => undefined))?.isDirectory() !== true) {
            throw new EnvironmentError(`--base ${ref}: ${prefix} was not there at ${commit}.`);
        }
        return directory;
    }

    async changedSince(commit: string): Promise<ChangedFile[]> {
        const { stdout } = await this.#git([
            "diff",
            ...["--unified=0", "--no-prefix", "--no-color", "--no-ext-diff", "--no-textconv"],
            ...["--no-renames", "--inter-hunk-context=0", "--ignore-submodules", "--relative"],
            ...[commit, "--"],
        ]);
        return changedFilesIn(stdout);
    }

    /** Empty as well where git is not there, or must not be asked. */
    async prefix(): Promise<string> {
        const { stdout, failed } = await this.#run(["rev-parse", "--show-prefix"]);
        return failed ? "" : stdout;
    }

    async #git(
        args: readonly string[],
        { reject = true, ...options }: GitOptions & { readonly reject?: boolean } = {},
    ): Promise<GitResult> {
        const result = await this.#run(args, options);
        if (result.code === "ENOENT") {
            throw new EnvironmentError("--base needs git, which is not on PATH.");
        }
        if (result.failed && reject) {
            throw new EnvironmentError(`git ${args[0] ?? ""} failed: ${sentenceOf(result)}`);
        }
        return result;
    }

    async #run(
        args: readonly string[],
        { cwd = this.#checkout, env = {} }: GitOptions = {},
    ): Promise<GitResult> {
        const result = await execa("git", [...READ_ONLY, ...args], {
            cwd,
            env: { ...ENVIRONMENT, ...env },
            reject: false,
            stdin: "ignore",
            timeout: GIT_MILLISECONDS,
            cancelSignal: this.#signal,
        });
        this.#signal.throwIfAborted();
        return result;
    }
}

interface NamedCommit {
    readonly commit: string;
    /** As the user names it. */
    readonly ref: string;
}

interface GitOptions {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
}

interface GitResult {
    readonly stdout: string;
    readonly stderr: string;
    readonly failed: boolean;
    readonly code?: string | undefined;
    readonly shortMessage?: string | undefined;
}

/** What git complains about first. */
function sentenceOf({ stderr, shortMessage = "" }: GitResult): string {
    const lines = stderr.trim().split("\n");
    return (lines.find((line) => /^(?:error|fatal): /.test(line)) ?? lines[0]) || shortMessage;
}

const COMMIT_ID = /^[0-9a-f]{7,64}$/;
const WHOLE_COMMIT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** How a revision comes into a shallow clone, and under which name. */
function howToFetch(ref: string, remotes: readonly string[]): string {
    const ancestor = /^(?<start>[^~^]+)(?<steps>(?:[~^]\d*)+)$/.exec(ref)?.groups;
    if (ancestor !== undefined) {
        const depth = generations(ancestor["steps"] ?? "");
        return `fetch what it comes from first: git fetch --deepen=${depth} (fetch-depth: ${depth + 1} of actions/checkout)`;
    }
    const remote = remotes.find((name) => ref.startsWith(`${name}/`));
    if (remote !== undefined) {
        const branch = ref.slice(remote.length + 1);
        return `fetch it first: git fetch --depth=1 ${remote} ${branch}:refs/remotes/${ref}`;
    }
    const from = remotes.includes("origin") ? "origin" : (remotes[0] ?? "origin");
    if (WHOLE_COMMIT_ID.test(ref)) {
        return `fetch it first: git fetch --depth=1 ${from} ${ref}`;
    }
    if (COMMIT_ID.test(ref)) {
        return `fetch it first by its whole id, or everything: git fetch --unshallow ${from}`;
    }
    const name = ref.replace(/^refs\/(?:heads|tags)\//, "");
    return `fetch it first, and name it ${from}/${name}: git fetch --depth=1 ${from} ${name}:refs/remotes/${from}/${name}`;
}

/** How far back `^`, `^2` and `~3` lead: any parent is one generation away. */
function generations(steps: string): number {
    return [...steps.matchAll(/\^\d*|~(\d*)/g)].reduce(
        (sum, [step, count = ""]) =>
            sum + (step.startsWith("~") && count !== "" ? Number(count) : 1),
        0,
    );
}

/**
 * Gives a tree its packages: this checkout's where the lock is the same, else what its own lock says.
 *
 * @returns what is not as its lock says
 */
async function packagesFor(
    directory: string,
    checkout: string,
    signal: AbortSignal,
): Promise<string | undefined> {
    const folder = join(directory, PACKAGES);
    if ((await lstat(folder).catch(() => undefined)) !== undefined) {
        // Committed with the rest, they are its own.
        return undefined;
    }
    const [own, ours] = await Promise.all([
        readIfPresent(join(directory, LOCK)),
        readIfPresent(join(checkout, LOCK)),
    ]);
    const problem =
        own === ours
            ? undefined
            : own === undefined
              ? `it has no ${LOCK}`
              : await install(directory, signal);
    if (own === ours || problem !== undefined) {
        await rm(folder, { recursive: true, force: true });
        await symlink(join(checkout, PACKAGES), folder);
    }
    return problem === undefined
        ? undefined
        : `The base was rendered with the packages of this checkout, not with its own: ${problem}.`;
}

/** @returns why it did not come about */
async function install(directory: string, signal: AbortSignal): Promise<string | undefined> {
    // No script of a package runs, and what is in npm's own cache is not asked for again.
    const result = await execa(
        "npm",
        ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"],
        {
            cwd: directory,
            stdin: "ignore",
            reject: false,
            timeout: INSTALL_MILLISECONDS,
            cancelSignal: signal,
        },
    );
    signal.throwIfAborted();
    if (!result.failed) {
        return undefined;
    }
    const [line = result.shortMessage ?? ""] = result.stderr
        .split("\n")
        .filter((text) => /npm (ERR!|error)/.test(text));
    return `npm ci failed (${line.trim().slice(0, 200)})`;
}
