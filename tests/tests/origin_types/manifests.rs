//! Manifests in short: everything lies in namespace `default`, and an endpoint has the name of its origin.

use std::fmt::Write as _;

/// An Origin, and an endpoint for it with the same name. `place` is the member of its type, in one line.
pub(crate) fn origin(name: &str, kind: &str, place: &str) -> String {
    origin_with(name, kind, place, "", "")
}

/// As [`origin`], with further lines for both, such as `fetch: {retries: 0}` and `caching: {ttl: 1h}`; empty: none.
pub(crate) fn origin_with(name: &str, kind: &str, place: &str, more: &str, of_endpoint: &str) -> String {
    join(&[alone(name, kind, place, more), endpoint(name, &[name], of_endpoint)])
}

/// An Origin without an endpoint.
pub(crate) fn alone(name: &str, kind: &str, place: &str, more: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: {name}}}\n\
         spec:\n  type: {kind}\n  {place}\n  {more}\n"
    )
}

/// An endpoint for several origins.
pub(crate) fn endpoint(name: &str, origins: &[&str], more: &str) -> String {
    let list: Vec<_> = origins.iter().map(|origin| format!("{{name: {origin}}}")).collect();
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}}}\n\
         spec:\n  urlPrefix: {name}\n  origins: [{}]\n  {more}\n",
        list.join(", ")
    )
}

/// A Secret with these entries.
pub(crate) fn secret(name: &str, entries: &[(&str, &str)]) -> String {
    holder("Secret", name, "stringData", entries)
}

/// A `ConfigMap` with these entries.
pub(crate) fn config_map(name: &str, entries: &[(&str, &str)]) -> String {
    holder("ConfigMap", name, "data", entries)
}

fn holder(kind: &str, name: &str, section: &str, entries: &[(&str, &str)]) -> String {
    let mut text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{section}:\n");
    for (key, value) in entries {
        // A text in JSON is one in YAML.
        let _ = writeln!(text, "  {key}: {}", serde_json::Value::from(*value));
    }
    text
}

/// The `DataPlane` that this machine plays; `spec` are lines such as `network: {trustedProxies: [127.0.0.0/8]}`.
pub(crate) fn data_plane(spec: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {{name: pool}}\n\
         spec:\n  default: true\n  mode: External\n  {spec}\n"
    )
}

/// Credentials from the Secret of this name.
pub(crate) fn by_secret(name: &str) -> String {
    format!("auth: {{type: Secret, secretRef: {{name: {name}}}}}")
}

/// One file of all of them.
pub(crate) fn join(manifests: &[String]) -> String {
    manifests.join("---\n")
}
