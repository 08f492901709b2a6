type Labels = Readonly<Record<string, string>>;

/** A selector of Kubernetes' own kinds. */
export interface LabelSelector {
    readonly matchLabels?: Labels;
    readonly matchExpressions?: readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[];
    }[];
}

/** Whether labels are chosen; a selector without conditions, or none, chooses everything. */
export function isChosen(
    { matchLabels = {}, matchExpressions = [] }: LabelSelector,
    labels: Labels,
): boolean {
    return (
        hasAll(matchLabels, labels) &&
        matchExpressions.every(({ key, operator, values = [] }) => {
            const value = labels[key];
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
        })
    );
}

/** Whether each of the wanted labels is there with its value. */
export function hasAll(wanted: Labels, labels: Labels): boolean {
    return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** Whether two hosts, either of which may begin with `*`, can stand for the same one. */
export function overlap(one: string, other: string): boolean {
    if (one.startsWith("*") && other.startsWith("*")) {
        return one.slice(1).endsWith(other.slice(1)) || other.slice(1).endsWith(one.slice(1));
    }
    if (one.startsWith("*")) {
        return other.endsWith(one.slice(1));
    }
    return other.startsWith("*") ? one.endsWith(other.slice(1)) : one === other;
}
