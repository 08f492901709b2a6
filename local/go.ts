import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { EnvironmentError } from "#errors.ts";
import { isExecutable } from "#files.ts";
import { keepLog, MAKING_MILLISECONDS } from "./cache.ts";
import { MINIMUM_GO } from "./versions.ts";

/** A usable Go installation. */
export interface Go {
    /** Absolute path of the `go` command. */
    readonly path: string;
    /** What `go env GOVERSION` prints, for example `go1.26.8`. */
    readonly version: string;
}

/**
 * Everything of Go's environment that would change a binary. Settings that only say where modules come from, such
 * as GOPROXY, stay the user's own. Without cgo the binaries are static: they do not depend on whether the machine
 * has a C compiler, and they run in images without a libc.
 */
export const GO_ENVIRONMENT = {
    CGO_ENABLED: "0",
    GOOS: "linux",
    GOARCH: "amd64",
    GOAMD64: "v1",
    GOFLAGS: "-mod=readonly",
    GOTOOLCHAIN: "local",
    GOWORK: "off",
} as const;

let found: Promise<Go> | undefined;

/**
 * Finds Go on PATH or in /usr/local/go.
 *
 * @throws EnvironmentError when there is none, or only older ones than the modules need.
 */
export function findGo(): Promise<Go> {
    found ??= search();
    return found;
}

async function search(): Promise<Go> {
    const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/go/bin"];
    const tooOld: string[] = [];
    for (const directory of directories) {
        const path = join(directory, "go");
        if (directory === "" || !(await isExecutable(path))) {
            continue;
        }
        const version = await versionOf(path);
        if (isNewEnough(version)) {
            return { path, version };
        }
        tooOld.push(`${path} is ${version === "" ? "broken" : version}`);
    }
    const needed = `${MINIMUM_GO.major}.${MINIMUM_GO.minor}`;
    throw new EnvironmentError(
        tooOld.length === 0
            ? `Go ${needed} or newer is needed to build the local cluster, and there is no go command on PATH or in /usr/local/go/bin.`
            : `Go ${needed} or newer is needed to build the local cluster, but ${[...new Set(tooOld)].join(" and ")}.`,
    );
}

async function versionOf(path: string): Promise<string> {
    const result = await execa(path, ["env", "GOVERSION"], {
        // Outside any module, so that a go.mod of the caller's directory has no say in the version.
        cwd: "/",
        env: { GOTOOLCHAIN: "local", GOWORK: "off" },
        reject: false,
    });
    return result.stdout.trim();
}

/** Whether a `go env GOVERSION` such as `go1.26.8` or `go1.27rc1` is new enough to build the pinned modules. */
export function isNewEnough(version: string): boolean {
    const match = /^go(\d+)\.(\d+)/.exec(version);
    if (match === null) {
        return false;
    }
    const [major, minor] = [Number(match[1]), Number(match[2])];
    return major > MINIMUM_GO.major || (major === MINIMUM_GO.major && minor >= MINIMUM_GO.minor);
}

/** Folder that holds the pinned modules, each with its go.mod and go.sum. */
export const MODULES = fileURLToPath(new URL("toolchain", import.meta.url));

/**
 * Runs Go in one of the pinned modules and returns its standard output.
 *
 * @param what Names the work in the error and the log file.
 * @param directory Where it runs. Default: the module's own folder; else a copy of it.
 * @throws EnvironmentError when Go fails; the message names the kept log.
 */
export async function runGo(
    go: Go,
    module: string,
    what: string,
    args: readonly string[],
    directory = join(MODULES, module),
): Promise<string> {
    const result = await execa(go.path, args, {
        cwd: directory,
        env: GO_ENVIRONMENT,
        all: true,
        reject: false,
        timeout: MAKING_MILLISECONDS,
    });
    if (!result.failed) {
        return result.stdout;
    }
    const log = await keepLog(`build-${what}`, result.command, result.all);
    throw new EnvironmentError(
        `Building ${what} from local/toolchain/${module} failed; what Go said is in ${log}.`,
    );
}

/** Folder of a module in Go's cache, downloaded and checked against go.sum. Arguments as in {@link runGo}. */
export async function moduleFolder(
    go: Go,
    module: string,
    what: string,
    path: string,
    directory?: string,
): Promise<string> {
    await runGo(go, module, what, ["mod", "download", path], directory);
    return runGo(go, module, what, ["list", "-m", "-f", "{{.Dir}}", path], directory);
}
