/** One relabelling step of a scrape job, in Prometheus' own field names. */
export interface RelabelConfig {
    readonly source_labels?: readonly string[];
    readonly action?: "keep" | "drop" | "replace" | "labeldrop";
    readonly regex?: string;
    readonly replacement?: string;
    readonly target_label?: string;
}
