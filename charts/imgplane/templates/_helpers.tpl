{{/* Names, labels, and what several templates need. */}}

{{- define "imgplane.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of the operator's objects. */}}
{{- define "imgplane.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "imgplane.name" . }}
{{- if contains $name .Release.Name }}
{{- printf "%s-operator" (.Release.Name | trunc 52 | trimSuffix "-") }}
{{- else }}
{{- printf "%s-operator" (printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-") }}
{{- end }}
{{- end }}
{{- end }}

{{/* Names of objects without a namespace carry the release's, so that two releases do not share them. */}}
{{- define "imgplane.clusterName" -}}
{{- if or (eq .Release.Namespace "imgplane-system") (hasPrefix .Release.Namespace (include "imgplane.fullname" .)) }}
{{- include "imgplane.fullname" . }}
{{- else }}
{{- printf "%s-%s" .Release.Namespace (include "imgplane.fullname" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "imgplane.selectorLabels" -}}
app.kubernetes.io/name: imgplane-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "imgplane.labels" -}}
{{ include "imgplane.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: imgplane
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "imgplane.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "imgplane.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "imgplane.operatorImage" -}}
{{- .Values.image.operator | default (printf "%s/operator:%s" .Values.image.registry (.Values.image.tag | default .Chart.AppVersion)) }}
{{- end }}

{{- define "imgplane.dataplaneImage" -}}
{{- .Values.image.dataplane | default (printf "%s/dataplane:%s" .Values.image.registry (.Values.image.tag | default .Chart.AppVersion)) }}
{{- end }}

{{/* Namespaces that get a Role: those that are watched and the release's own, each once, in a stable order. */}}
{{- define "imgplane.roleNamespaces" -}}
{{- append .Values.watchNamespaces .Release.Namespace | uniq | sortAlpha | toJson }}
{{- end }}

{{/*
What the operator may do with objects of namespaces. One list for the ClusterRole and for the Roles.
*/}}
{{- define "imgplane.rules" -}}
# The three kinds are read; of the users' own objects nothing but the status is ever written.
- apiGroups: [imgplane.dev]
  resources: [origins, urlendpoints, dataplanes]
  verbs: [list, watch]
- apiGroups: [imgplane.dev]
  resources: [origins/status, urlendpoints/status, dataplanes/status]
  verbs: [patch]
# Pods are read for acknowledgement; the patch is the annotation that refreshes the mounted config.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch]
# What the operator makes for a DataPlane. Server-side apply is `patch`, and `create` where the object is new. Of the
# users' Secrets all metadata is watched, and only those are read that an object refers to.
- apiGroups: [""]
  resources: [configmaps, secrets, serviceaccounts, services]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies, ingresses]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, patch, delete]
# Events on the three kinds.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/*
Whether the definitions of the kinds belong to this release, so that it may update them. Helm refuses a release
with an object of somebody else, and `crds/` are installed before the templates are rendered.
*/}}
{{- define "imgplane.ownsDefinitions" -}}
{{- if eq .Values.crds.inRelease "Always" }}
{{- true }}
{{- else if eq .Values.crds.inRelease "Auto" }}
{{- $owned := true }}
{{- range $path, $_ := .Files.Glob "crds/*.yaml" }}
{{- $name := ($.Files.Get $path | fromYaml).metadata.name }}
{{- $live := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $name }}
{{- $annotations := dig "metadata" "annotations" (dict) $live }}
{{- if or (ne (get $annotations "meta.helm.sh/release-name") $.Release.Name) (ne (get $annotations "meta.helm.sh/release-namespace") $.Release.Namespace) }}
{{- $owned = false }}
{{- end }}
{{- end }}
{{- if $owned }}{{ true }}{{ end }}
{{- end }}
{{- end }}
