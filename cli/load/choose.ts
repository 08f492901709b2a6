import { EnvironmentError } from "#errors.ts";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import type { Scenario, ScenarioName } from "./scenario.ts";

/** A scenario that says nothing about a service. */
export interface LeftOut {
    readonly scenario: ScenarioName;
    readonly reason: string;
}

/** What is run, and what is not. */
export interface Choice {
    readonly service: ServiceIntent;
    readonly caller: string;
    readonly scenarios: readonly Scenario[];
    readonly leftOut: readonly LeftOut[];
}

/** What the command line names. */
export interface Wanted {
    /** Default: all that say something about the service. */
    readonly scenarios: readonly string[];
    readonly service: string;
    /** Default: the first that the service declares. */
    readonly caller?: string;
}

/**
 * Finds what the command line names.
 *
 * @throws EnvironmentError for a name that does not exist, a service that must not get made-up requests, and where no
 * scenario is left
 */
export function choose(catalog: Catalog, all: readonly Scenario[], wanted: Wanted): Choice {
    const service = catalog.services.find(({ name }) => name === wanted.service);
    if (service === undefined) {
        throw new EnvironmentError(
            `There is no service "${wanted.service}"; there are ${catalog.services.map(({ name }) => name).join(", ")}.`,
        );
    }
    if (!service.honoursProbeHeader) {
        throw new EnvironmentError(
            `${service.name} does not declare honoursProbeHeader, so requests made up for this could change something.`,
        );
    }
    const callers = Object.keys(service.callers);
    const caller = wanted.caller ?? callers[0];
    if (caller === undefined || !callers.includes(caller)) {
        throw new EnvironmentError(
            `${caller ?? "Nobody"} is no declared caller of ${service.name}; declared are ${callers.join(", ") || "none"}.`,
        );
    }
    for (const name of wanted.scenarios) {
        if (!all.some((scenario) => scenario.name === name)) {
            throw new EnvironmentError(
                `There is no scenario "${name}"; there are ${all.map((scenario) => scenario.name).join(", ")}.`,
            );
        }
    }
    const named = all.filter(
        ({ name }) => wanted.scenarios.length === 0 || wanted.scenarios.includes(name),
    );
    const leftOut = named.flatMap((scenario): LeftOut[] => {
        const reason = scenario.inapplicable(service, caller);
        return reason === undefined ? [] : [{ scenario: scenario.name, reason }];
    });
    const scenarios = named.filter(
        ({ name }) => !leftOut.some(({ scenario }) => scenario === name),
    );
    if (scenarios.length === 0) {
        throw new EnvironmentError(
            `Nothing can be shown for ${service.name}: ${leftOut.map(({ scenario, reason }) => `${scenario}: ${reason}`).join("; ")}.`,
        );
    }
    return { service, caller, scenarios, leftOut };
}
