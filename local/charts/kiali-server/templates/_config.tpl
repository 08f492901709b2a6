{{- /*
Kiali's configuration: the chart's values as they are, and under the names of 1.89 what version 2 renamed.
*/}}
{{- define "kiali-server.config" -}}
{{- $config := pick (deepCopy .Values) "auth" "deployment" "external_services" "login_token" "server" }}
{{- $deployment := merge (dict "namespace" .Release.Namespace "cluster_wide_access" true) (pick .Values.deployment "instance_name" "view_only_mode") }}
{{- $services := $config.external_services }}
{{- range $service := list $services.grafana $services.tracing }}
{{- range $old, $new := dict "in_cluster_url" "internal_url" "url" "external_url" }}
{{- with get $service $new }}
{{- $_ := set $service $old . }}
{{- end }}
{{- $_ := unset $service $new }}
{{- end }}
{{- end }}
{{- /* This release reads a user name from nowhere else but here. */}}
{{- $_ := set $services "grafana" (omit $services.grafana "auth" "datasource_uid") }}
{{- $_ := set $services "prometheus" (omit $services.prometheus "enabled") }}
{{- $_ := set $config "deployment" $deployment }}
{{- $_ := set $config "istio_namespace" $services.istio.root_namespace }}
{{- /* The chart lets Kiali read no Secret, which this release would otherwise. */}}
{{- $_ := set $config "kiali_feature_flags" (dict "certificates_information_indicators" (dict "enabled" false "secrets" list)) }}
{{- toYaml $config }}
{{- end }}
