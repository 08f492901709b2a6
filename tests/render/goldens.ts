import { renderBookinfo, renderCanaries, renderElsewhere, renderStack, STACKS } from "./render.ts";
import type { StackName } from "./render.ts";
import type { Rendering } from "./rendering.ts";

/** The platform of a second catalogue is the first one's; only what follows from the services is worth a file. */
function withoutPlatform(rendering: Rendering): Rendering {
    return {
        ...rendering,
        resources: rendering.resources.filter(({ name }) => !/^platform(-|$)/.test(name)),
    };
}

/** Of a stack whose canaries are changed, the services that these name. */
function ofServices(rendering: Rendering, ...services: readonly string[]): Rendering {
    return {
        ...rendering,
        resources: rendering.resources.filter(({ name, parent }) =>
            services.some((service) => service === name || service === parent),
        ),
    };
}

/** What another rendering does not have, or has with other inputs. */
function beyond(rendering: Rendering, other: Rendering): Rendering {
    const known = new Set(other.resources.map(said));
    return {
        ...rendering,
        resources: rendering.resources.filter((resource) => !known.has(said(resource))),
    };
}

function said({ name, inputs }: Rendering["resources"][number]): string {
    return JSON.stringify([name, inputs]);
}

/** What is rendered into each file of tests/golden/. */
export const GOLDENS: Readonly<Record<string, () => Promise<Rendering>>> = {
    ...Object.fromEntries(
        (Object.keys(STACKS) as StackName[]).map((stack) => [stack, () => renderStack(stack)]),
    ),
    canaries: async () => ofServices(await renderCanaries(), "order-service"),
    elsewhere: async () => beyond(await renderElsewhere(), await renderStack("prod")),
    bookinfo: async () => withoutPlatform(await renderBookinfo()),
};
