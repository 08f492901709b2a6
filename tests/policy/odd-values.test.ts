import assert from "node:assert/strict";
import { checkResources } from "#policy/check.ts";
import type { Violation } from "#policy/check.ts";
import { UNKNOWN } from "#policy/known.ts";
import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import { rules } from "#policy/rules/index.ts";
import { TODAY } from "./engine.ts";
import { ownProgram } from "./programs.ts";
import type { Program } from "./programs.ts";

/** Every copy of a value in which `odd` stands in one place. */
function* withOdd(value: unknown, odd: unknown, path = ""): Generator<[path: string, unknown]> {
    if (path !== "") {
        yield [path, odd];
    }
    if (typeof value !== "object" || value === null) {
        return;
    }
    for (const key of Object.keys(value)) {
        const inner: unknown = Reflect.get(value, key);
        for (const [place, changed] of withOdd(inner, odd, `${path}/${key}`)) {
            yield [
                place,
                Array.isArray(value)
                    ? Object.assign([...(value as unknown[])], { [key]: changed })
                    : { ...value, [key]: changed },
            ];
        }
    }
}

describe("one odd value in our own program", () => {
    let program: Program;
    let stack: readonly RegisteredResource[];
    before(async () => {
        program = await ownProgram("prod");
        stack = program.manifests
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map(({ type, name, props }) => ({ type, name, props, urn: name }));
    });

    /** The stack with each of its values replaced in turn; every `step`th of them. */
    function* stacks(odd: unknown, step: number): Generator<[string, RegisteredResource[]]> {
        let count = 0;
        for (const [index, resource] of stack.entries()) {
            for (const [place, props] of withOdd(resource.props, odd)) {
                if (count++ % step === 0) {
                    const changed = { ...resource, props: props as object };
                    yield [`${resource.name}${place}`, stack.with(index, changed)];
                }
            }
        }
    }

    const check = (resources: readonly RegisteredResource[]): Violation[] =>
        checkResources(rules, resources, {
            settings: program.settings,
            levelOf: ({ level }) => level,
            now: new Date(TODAY),
        });

    it("that is not known yet is never taken for a violation", function () {
        this.timeout(120_000);
        for (const [place, resources] of stacks(UNKNOWN, 7)) {
            assert.deepEqual(
                check(resources)
                    .filter(({ level }) => level === "mandatory")
                    .map(({ message }) => message),
                [],
                `with ${place} unknown`,
            );
        }
    });

    for (const odd of [null, "odd", 7, true, [], {}, ["odd"], { odd: "odd" }]) {
        it(`that is ${JSON.stringify(odd)} stops no rule`, function () {
            this.timeout(120_000);
            for (const [place, resources] of stacks(odd, 29)) {
                assert.doesNotThrow(() => check(resources), place);
            }
        });
    }
});
