import { parseAllDocuments } from "yaml";
import type { ChartRelease, Subject } from "#review/subject.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";

const RELEASE = "helm.sh/v3";

/** The chart's own name of where a release takes it from. */
function chartOf(where: unknown): string {
    return String(where).split("/").at(-1) ?? "";
}

function releaseFrom(object: DeclaredObject): ChartRelease {
    const { name, namespace, chart, values = {} } = object as Partial<Record<string, unknown>>;
    return {
        name: String(name),
        namespace: String(namespace),
        chart: chartOf(chart),
        values: values as Readonly<Record<string, unknown>>,
    };
}

/**
 * A subject of YAML documents. A Helm release is one with `apiVersion: helm.sh/v3`, `kind: Release` and what Pulumi's
 * Release takes: `name`, `namespace`, `chart`, `values`.
 */
export function subjectOf(...yaml: readonly string[]): Subject {
    const documents = parseAllDocuments(yaml.join("\n---\n"), { merge: true });
    const objects = ("empty" in documents ? [] : documents)
        .map((document) => document.toJS() as DeclaredObject | null)
        .filter((object) => object !== null);
    const isRelease = ({ apiVersion }: DeclaredObject): boolean => apiVersion === RELEASE;
    return {
        name: "test",
        resources: objects.map((object) => {
            const { apiVersion, kind, ...rest } = object;
            const version = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
            const { metadata } = rest as Partial<DeclaredObject>;
            const name = metadata?.name ?? String(rest["name"]);
            return {
                type: `kubernetes:${version}:${kind}`,
                name,
                urn: `${kind} ${name}`,
                props: isRelease(object) ? rest : object,
            };
        }),
        objects: objects.filter((object) => !isRelease(object)),
        releases: objects.filter(isRelease).map(releaseFrom),
    };
}
