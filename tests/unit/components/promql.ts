import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import { KNOWN_METRICS } from "./known-metrics.ts";

/** Functions of how a counter grows, of which alone a sum means something. */
const GROWTH = ["rate", "increase"];

/** A node with all that it holds. */
function within(node: SyntaxNode): SyntaxNode[] {
    const inner: SyntaxNode[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
        inner.push(...within(child));
    }
    return [node, ...inner];
}

/** The nodes that hold it, the nearest first. */
function around(node: SyntaxNode): SyntaxNode[] {
    const outer: SyntaxNode[] = [];
    for (let { parent } = node; parent !== null; parent = parent.parent) {
        outer.push(parent);
    }
    return outer;
}

/** A query as far as the rules look at it. */
export class Query {
    readonly #text: string;
    readonly #nodes: readonly SyntaxNode[];

    /** @param text with Grafana's variables, which are no PromQL where they stand for a duration */
    constructor(text: string) {
        this.#text = text.replaceAll("$__rate_interval", "1m");
        this.#nodes = within(parser.parse(this.#text).topNode);
    }

    /** What is wrong with it, one phrase each. */
    problems(): readonly string[] {
        return [
            ...(this.#nodes.some(({ type }) => type.isError) ? ["it does not parse"] : []),
            ...this.#named("VectorSelector").flatMap((node) => this.#selectorProblems(node)),
            ...this.#named("GroupingLabels").flatMap((node) => this.#groupingProblems(node)),
            ...this.#calls("histogram_quantile").flatMap((node) =>
                this.#textOf(node).includes("sum by (le") ? [] : ["a quantile without sum by (le"],
            ),
        ];
    }

    /** The labels that its series have, as far as its groupings say. */
    labels(): readonly string[] {
        return this.#named("GroupingLabels").flatMap((node) => this.#labelsOf(node));
    }

    /** The metrics that it asks for. */
    metrics(): readonly string[] {
        return this.#named("VectorSelector").flatMap((node) => this.#metricsOf(node));
    }

    /** Whether it divides, so that its value is a share. */
    isShare(): boolean {
        return this.#named("Div").length > 0;
    }

    /** Whether its value grows with time, so that it is one a second. */
    isRate(): boolean {
        return !this.isShare() && this.#calls("rate").length > 0 && !this.isQuantile();
    }

    isQuantile(): boolean {
        return this.#calls("histogram_quantile").length > 0;
    }

    #textOf({ from, to }: SyntaxNode): string {
        return this.#text.slice(from, to);
    }

    #named(name: string): readonly SyntaxNode[] {
        return this.#nodes.filter((node) => node.name === name);
    }

    #calls(name: string): readonly SyntaxNode[] {
        return this.#named("FunctionCall").filter((node) => this.#functionOf(node) === name);
    }

    #functionOf(call: SyntaxNode): string {
        const identifier = call.getChild("FunctionIdentifier");
        return identifier === null ? "" : this.#textOf(identifier);
    }

    #labelsOf(node: SyntaxNode): readonly string[] {
        return within(node)
            .filter(({ name }) => name === "LabelName")
            .map((label) => this.#textOf(label));
    }

    /** Named before the braces, or by a matcher inside them. */
    #metricsOf(selector: SyntaxNode): readonly string[] {
        const identifier = selector.getChild("Identifier");
        const [, named = ""] = /__name__=~?"([^"]*)"/.exec(this.#textOf(selector)) ?? [];
        return identifier === null ? named.split("|") : [this.#textOf(identifier)];
    }

    #selectorProblems(selector: SyntaxNode): readonly string[] {
        const calls = around(selector)
            .filter(({ name }) => name === "FunctionCall")
            .map((call) => this.#functionOf(call));
        const grows = calls.some((name) => GROWTH.includes(name));
        const [matchers] = selector.getChildren("LabelMatchers");
        const labels = matchers === undefined ? [] : this.#labelsOf(matchers);
        const metrics = this.#metricsOf(selector);
        return metrics.flatMap((metric) => {
            const known = KNOWN_METRICS.get(metric);
            if (known === undefined) {
                return [`${metric} is no metric that is known`];
            }
            const foreign = labels.filter(
                (label) =>
                    label !== "__name__" &&
                    !metrics.some((each) => KNOWN_METRICS.get(each)?.labels.includes(label)),
            );
            return [
                ...foreign.map((label) => `${metric} has no label ${label}`),
                ...(grows === (known.kind !== "gauge") ? [] : [`${metric} is a ${known.kind}`]),
                ...(known.kind === "histogram" && !calls.includes("histogram_quantile")
                    ? [`${metric} outside histogram_quantile`]
                    : []),
            ];
        });
    }

    /** A grouping may name what the metrics below it have, and what `label_replace` makes. */
    #groupingProblems(node: SyntaxNode): readonly string[] {
        const aggregation = around(node).find(({ name }) => name === "AggregateExpr");
        if (aggregation === undefined) {
            return [];
        }
        const inside = within(aggregation);
        const metrics = inside
            .filter(({ name }) => name === "VectorSelector")
            .flatMap((selector) => this.#metricsOf(selector));
        const made = [
            ...this.#textOf(aggregation).matchAll(/\), "(\w+)", "\$1"|\}, "(\w+)", "\$1"/g),
        ];
        const there = [
            "le",
            ...made.flatMap(([, after = "", directly = ""]) => [after, directly]),
            ...metrics.flatMap((metric) => KNOWN_METRICS.get(metric)?.labels ?? []),
        ];
        return this.#labelsOf(node)
            .filter((label) => !there.includes(label))
            .map((label) => `${metrics.join(", ")} has no label ${label} to group by`);
    }
}
