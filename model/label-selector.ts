type Labels = Readonly<Record<string, string>>;

/** One condition about a label, as Kubernetes writes it. */
export interface LabelExpression {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
}

/** A selector of Kubernetes' own kinds. */
export interface LabelSelector {
    readonly matchLabels?: Labels;
    readonly matchExpressions?: readonly LabelExpression[];
}

/** Whether labels are chosen; a selector without conditions, or none, chooses everything. */
export function isChosen(
    { matchLabels = {}, matchExpressions = [] }: LabelSelector,
    labels: Labels,
): boolean {
    return (
        hasAll(matchLabels, labels) &&
        matchExpressions.every((expression) => meets(expression, labels[expression.key]))
    );
}

/** Whether the value of a label, or that there is none, meets a condition. */
export function meets(
    { operator, values = [] }: LabelExpression,
    value: string | undefined,
): boolean {
    switch (operator) {
        case "In":
            return value !== undefined && values.includes(value);
        case "NotIn":
            return value === undefined || !values.includes(value);
        case "Exists":
            return value !== undefined;
        case "DoesNotExist":
            return value === undefined;
        default:
            // Of one that is not known here it is not said that it chooses nobody.
            return true;
    }
}

/** Whether each of the wanted labels is there with its value. */
export function hasAll(wanted: Labels, labels: Labels): boolean {
    return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
