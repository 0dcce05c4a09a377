//! The outer shape of Kubernetes objects: apiVersion, kind, name, namespace, and lists of objects.

use std::path::{Path, PathBuf};

use imgplane_config::ObjectId;
use serde_json::Value;

use crate::finding::{Finding, Position, Severity};

use super::{locate::Places, yaml::Document};

/// Namespace of objects that name none; also what `kubectl` assumes.
const DEFAULT_NAMESPACE: &str = "default";
/// Group of the files that tell kustomize what belongs together. They need no name.
const KUSTOMIZE: &str = "kustomize.config.k8s.io/";

/// An object and where it stands.
#[derive(Clone)]
pub(crate) struct Object {
    /// `apiVersion`, e.g. `imgplane.dev/v1alpha1`.
    pub(crate) api_version: String,
    /// `kind`.
    pub(crate) kind: String,
    /// Namespace and name; the namespace of a Namespace is empty.
    pub(crate) id: ObjectId,
    /// The whole object, with `metadata.namespace` filled in.
    pub(crate) value: Value,
    /// The file.
    pub(crate) file: PathBuf,
    places: Places,
}

impl std::fmt::Debug for Object {
    /// Without the value: it may be a Secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Object")
            .field("api_version", &self.api_version)
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Object {
    /// The API group; empty for the core group.
    pub(crate) fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether it is of the core group and of this kind.
    pub(crate) fn is_core(&self, kind: &str) -> bool {
        self.api_version == "v1" && self.kind == kind
    }

    /// Where a field stands, or would have to stand.
    pub(crate) fn position(&self, field: &str) -> Position {
        self.places.find(field)
    }

    /// Something to say about a field.
    pub(crate) fn finding(
        &self,
        severity: Severity,
        field: &str,
        reason: &str,
        message: impl Into<String>,
    ) -> Finding {
        Finding {
            file: Some(self.file.clone()),
            position: Some(self.position(field)),
            severity,
            object: Some((self.kind.clone(), self.id.clone())),
            field: field.to_owned(),
            reason: reason.to_owned(),
            message: message.into(),
        }
    }
}

/// Takes the object, or the objects of the list, out of a document.
pub(super) fn extract(
    file: &Path,
    document: Document,
    objects: &mut Vec<Object>,
    findings: &mut Vec<Finding>,
) {
    let Document { value, places } = document;
    unpack(file, value, places, objects, findings);
}

fn unpack(file: &Path, value: Value, places: Places, objects: &mut Vec<Object>, findings: &mut Vec<Finding>) {
    let kind = text(&value, "/kind");
    let api_version = text(&value, "/apiVersion");
    let is_list = kind.as_deref().is_some_and(|kind| kind.ends_with("List"));
    if let (true, Some(items)) = (is_list, value.get("items").and_then(Value::as_array)) {
        for (index, item) in items.iter().enumerate() {
            let places = places.below(&format!("items[{index}]")).cloned().unwrap_or_default();
            unpack(file, item.clone(), places, objects, findings);
        }
        return;
    }
    match single(file, value, places, kind.as_deref(), api_version) {
        Ok(object) => objects.push(object),
        Err(finding) => findings.push(*finding),
    }
}

fn single(
    file: &Path,
    mut value: Value,
    places: Places,
    kind: Option<&str>,
    api_version: Option<String>,
) -> Result<Object, Box<Finding>> {
    let name = text(&value, "/metadata/name").unwrap_or_default();
    let namespaced = kind != Some("Namespace");
    let named = text(&value, "/metadata/namespace").filter(|namespace| !namespace.is_empty());
    let namespace =
        if namespaced { named.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()) } else { String::new() };
    let id = ObjectId::new(namespace, name);
    let say = |severity, field: &str, message: &str| {
        let known = kind.filter(|_| !id.name.is_empty());
        Box::new(Finding {
            file: Some(file.to_owned()),
            position: Some(places.find(field)),
            severity,
            object: known.map(|kind| (kind.to_owned(), id.clone())),
            field: field.to_owned(),
            reason: "Invalid".to_owned(),
            message: message.to_owned(),
        })
    };

    let (Some(kind), Some(api_version)) = (kind, api_version) else {
        // Values files and the like lie beside manifests; half an object is a mistake.
        let stray = ["apiVersion", "kind", "metadata", "spec"].iter().all(|field| value.get(field).is_none());
        let field = if kind.is_none() { "kind" } else { "apiVersion" };
        return Err(if stray {
            say(
                Severity::Note,
                "",
                "this document is no Kubernetes object (no apiVersion, no kind); it is ignored",
            )
        } else {
            say(Severity::Error, field, "is missing; every object needs apiVersion and kind as text")
        });
    };
    if api_version.starts_with(KUSTOMIZE) {
        return Err(say(
            Severity::Note,
            "",
            "kustomize reads this file and it never reaches the cluster; it is ignored",
        ));
    }
    if id.name.is_empty() {
        // Objects of other programs may use generateName; ours are referred to by name.
        return Err(say(Severity::Error, "metadata.name", "is missing; every object needs a name"));
    }
    if !is_subdomain(&id.name) {
        return Err(say(
            Severity::Error,
            "metadata.name",
            "must be lower-case letters, digits, `-` and `.`, start and end with a letter or digit, at most 253 characters",
        ));
    }
    if namespaced {
        if !is_label(&id.namespace) {
            return Err(say(
                Severity::Error,
                "metadata.namespace",
                "must be lower-case letters, digits and `-`, start and end with a letter or digit, at most 63 characters",
            ));
        }
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("namespace".to_owned(), Value::String(id.namespace.clone()));
        }
    }
    Ok(Object { api_version, kind: kind.to_owned(), id, value, file: file.to_owned(), places })
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// A DNS label, as the API server demands of namespaces.
fn is_label(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.len() <= 63
        && edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// A DNS subdomain, as the API server demands of names.
fn is_subdomain(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|part| {
            // Only the whole is bounded, not each part.
            let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            edge(part.chars().next())
                && edge(part.chars().next_back())
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::{super::yaml, *};

    fn read(text: &str) -> (Vec<Object>, Vec<String>) {
        let (mut objects, mut findings) = (Vec::new(), Vec::new());
        for document in yaml::documents(text) {
            extract(Path::new("m.yaml"), document.unwrap(), &mut objects, &mut findings);
        }
        (objects, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_are_unpacked_and_keep_their_lines() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: imgplane.dev/v1alpha1\n  kind: Origin\n  \
                    metadata: {name: a}\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: b\n    namespace: shop\n";
        let (objects, findings) = read(text);
        assert_eq!(findings, Vec::<String>::new());
        assert_eq!(objects[0].id, ObjectId::new("default", "a"));
        assert_eq!(objects[0].group(), "imgplane.dev");
        assert_eq!(objects[1].id, ObjectId::new("shop", "b"));
        assert!(objects[1].is_core("Secret"));
        assert_eq!(objects[1].position("metadata.name").line, 10);
        assert_eq!(objects[0].value.pointer("/metadata/namespace").unwrap(), "default");
    }

    #[test]
    fn half_an_object_is_a_problem_and_another_file_a_note() {
        for (text, expected) in [
            ("kind: Origin\nmetadata: {name: a}", "m.yaml:1: Origin default/a: apiVersion: is missing"),
            ("apiVersion: v1\nmetadata: {name: a}", "m.yaml:1: kind: is missing"),
            ("apiVersion: v1\nkind: Secret\nmetadata: {}", "m.yaml:3: metadata.name: is missing"),
            (
                "apiVersion: v1\nkind: Secret\nmetadata: {name: A_b}",
                "m.yaml:3: Secret default/A_b: metadata.name: must",
            ),
            (
                "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: A}",
                "m.yaml:3: Secret A/a: metadata.namespace: must",
            ),
            ("replicas: 3", "m.yaml:1: note: this document is no Kubernetes object"),
            ("- a\n- b", "m.yaml:1: note: this document is no Kubernetes object"),
        ] {
            let (objects, findings) = read(text);
            assert!(objects.is_empty(), "{text}");
            assert!(findings.len() == 1 && findings[0].starts_with(expected), "{text}: {findings:?}");
        }
    }

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        let (objects, _) = read("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: hush}");
        assert!(!format!("{objects:?}").contains("hush"));
    }
}
