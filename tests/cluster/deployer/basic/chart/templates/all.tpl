apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  password: {{ .Values.password | quote }}
{{- if .Values.image }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    matchLabels: { app: {{ .Release.Name }} }
  template:
    metadata:
      labels: { app: {{ .Release.Name }} }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: pause
          image: {{ .Values.image }}
          imagePullPolicy: IfNotPresent
{{- end }}
