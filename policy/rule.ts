import type { Finding, KubernetesObject } from "./field.ts";
import type { Selector } from "./kubernetes-object.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";

type Severity = "low" | "medium" | "high" | "critical";
/** `mandatory` refuses the update, `advisory` only says so. */
export type Level = "advisory" | "mandatory";

/** The properties of every rule, in the order in which each rule states them. */
interface RuleBase {
    /** `istio-<kind>-<enforce|disallow|configure>-<what>`; its file is `rules/<kind>/<verb>-<what>.ts`. */
    readonly name: string;
    readonly severity: Severity;
    /** Level unless the pack's configuration says otherwise. */
    readonly level: Level;
    /** What is required, and what goes wrong otherwise. */
    readonly description: string;
    /** Steps that mend it. */
    readonly remediation: readonly string[];
    /** Where the field is documented. */
    readonly url: string;
    /** Where an exemption on the object is respected. Rules about identity and encryption: outside production only. */
    readonly exemptible: "everywhere" | "outside production" | "nowhere";
    /** Kinds that the rule looks at; without any of them it does not apply. */
    readonly selects: readonly Selector[];
}

/** What every check is given beside the objects. */
export interface Context {
    readonly settings: Settings;
    /** The day on which exemptions are judged, `YYYY-MM-DD`. */
    readonly today: string;
    /** All rules of the pack, by name. */
    readonly rules: ReadonlyMap<string, Pick<Rule, "exemptible">>;
}

/** Judges each object alone, before it is created. */
export interface ObjectRule extends RuleBase {
    readonly checkObject: (object: KubernetesObject, context: Context) => readonly Finding[];
}

/** Judges what the objects of a stack are together, at its end. */
export interface StackRule extends RuleBase {
    readonly checkStack: (stack: Stack, context: Context) => readonly Finding[];
}

export type Rule = ObjectRule | StackRule;

export function isObjectRule(rule: Rule): rule is ObjectRule {
    return "checkObject" in rule;
}
