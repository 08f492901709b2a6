import { grouped } from "#model/groups.ts";
import type { Subject } from "./subject.ts";
import { workloadsOf } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** The workloads that a name of a graph stands for: all versions of a service, or whoever runs as a principal. */
export function namedIn(subject: Subject): (name: string) => readonly Workload[] {
    const { all, titleOf, runningAs } = workloadsOf(subject);
    const byTitle = grouped(all, (workload) => [titleOf(workload)]);
    return (name) => byTitle.get(name) ?? runningAs(name);
}
