//! `podTemplate`: changes that are laid over the pod template, by the rules of Kubernetes' strategic merge.
//!
//! Works on JSON and knows only how lists are merged, so that fields of newer Kubernetes versions pass through.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The pods of a DataPlane cannot be made from what it says of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct OverlayError {
    /// Where in the DataPlane, such as `spec.podTemplate.spec.containers[0]`.
    pub field: String,
    /// What is wrong; reads on after the field.
    pub fault: OverlayFault,
}

/// What is wrong with a `podTemplate` or with `resources`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverlayFault {
    /// A field that has no place here.
    #[error("does not belong here: the fields are {known}")]
    Unknown {
        /// The fields that do.
        known: &'static str,
    },
    /// A value of the wrong type.
    #[error("cannot be used: {message}")]
    Malformed {
        /// What was expected and found.
        message: String,
    },
    /// An item of a list that is merged by a key, without it.
    #[error("has no {key}, by which the items of this list are told apart: add it")]
    NoKey {
        /// The key.
        key: &'static str,
    },
    /// A directive that is not known at this place.
    #[error(
        "is no directive that is known here: there is `$patch: delete` for items and `$patch: replace` for maps"
    )]
    Directive,
    /// What keeps the pods working and must not be changed.
    #[error("must stay as the operator sets it, because {why}: remove it from the podTemplate")]
    Fixed {
        /// What it is needed for.
        why: &'static str,
    },
    /// Text that is no quantity.
    #[error("{text:?} is no quantity: write a number and a unit, such as 250m, 1 or 512Mi")]
    Quantity {
        /// The text.
        text: String,
    },
    /// Autoscaling without anything to measure against.
    #[error("needs requests.cpu, because autoscaling measures CPU use in percent of it")]
    NoCpuRequest,
}

/// Reads a value that has a form of Kubernetes; an error names the field below `field`.
pub(super) fn typed<T: DeserializeOwned>(field: &str, value: Value) -> Result<T, OverlayError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { field.to_owned() } else { format!("{field}.{path}") };
        OverlayError { field, fault: OverlayFault::Malformed { message: error.into_inner().to_string() } }
    })
}

/// How an overlay's list meets the list below it.
enum ListMerge {
    /// Items with the same value of this key are merged, others are added.
    ByKey(&'static str),
    /// Items are added.
    Append,
    /// The overlay's list takes the place of the other.
    Replace,
}

/// Lists of a pod template, by the name of their field, which is unambiguous there.
fn list_merge(field: &str) -> ListMerge {
    match field {
        "containers" | "initContainers" | "volumes" | "env" | "imagePullSecrets" | "resourceClaims"
        | "schedulingGates" => ListMerge::ByKey("name"),
        "volumeMounts" => ListMerge::ByKey("mountPath"),
        "volumeDevices" => ListMerge::ByKey("devicePath"),
        "ports" => ListMerge::ByKey("containerPort"),
        "hostAliases" => ListMerge::ByKey("ip"),
        "topologySpreadConstraints" => ListMerge::ByKey("topologyKey"),
        "tolerations" | "envFrom" | "readinessGates" => ListMerge::Append,
        _ => ListMerge::Replace,
    }
}

/// The key of directives in maps and items.
const DIRECTIVE: &str = "$patch";

/// Lays the overlay's fields over those of `base`; null removes a field. `path` names the overlay in errors.
pub(super) fn merge(
    base: &mut Map<String, Value>,
    overlay: &Map<String, Value>,
    path: &str,
) -> Result<(), OverlayError> {
    for (name, change) in overlay {
        let path = format!("{path}.{name}");
        match change {
            Value::String(directive) if name == DIRECTIVE && directive == "replace" => {}
            _ if name.starts_with('$') => {
                return Err(OverlayError { field: path, fault: OverlayFault::Directive });
            }
            Value::Null => {
                base.remove(name);
            }
            Value::Object(change) => {
                let replace = change.get(DIRECTIVE).is_some_and(|directive| directive == "replace");
                let mut below = match base.remove(name) {
                    Some(Value::Object(below)) if !replace => below,
                    _ => Map::new(),
                };
                merge(&mut below, change, &path)?;
                base.insert(name.clone(), Value::Object(below));
            }
            Value::Array(items) => {
                let mut below = match base.remove(name) {
                    Some(Value::Array(below)) => below,
                    _ => Vec::new(),
                };
                merge_list(&mut below, items, &list_merge(name), &path)?;
                base.insert(name.clone(), Value::Array(below));
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                base.insert(name.clone(), change.clone());
            }
        }
    }
    Ok(())
}

fn merge_list(
    base: &mut Vec<Value>,
    items: &[Value],
    how: &ListMerge,
    path: &str,
) -> Result<(), OverlayError> {
    let key = match how {
        ListMerge::ByKey(key) => *key,
        ListMerge::Append => {
            base.extend_from_slice(items);
            return Ok(());
        }
        ListMerge::Replace => {
            *base = items.to_vec();
            return Ok(());
        }
    };
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let no_key = || OverlayError { field: path.clone(), fault: OverlayFault::NoKey { key } };
        let item = item.as_object().ok_or_else(no_key)?;
        let id = item.get(key).filter(|id| !id.is_null()).ok_or_else(no_key)?;
        let place = base.iter().position(|below| below.get(key) == Some(id));
        if item.get(DIRECTIVE).is_some_and(|directive| directive == "delete") {
            if let Some(place) = place {
                base.remove(place);
            }
            continue;
        }
        if let Some(below) = place.and_then(|place| base.get_mut(place)).and_then(Value::as_object_mut) {
            merge(below, item, &path)?;
        } else {
            let mut fresh = Map::new();
            merge(&mut fresh, item, &path)?;
            base.push(Value::Object(fresh));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(base: Value, overlay: &Value) -> Result<Value, OverlayError> {
        let Value::Object(mut base) = base else { panic!("{base} is no map") };
        merge(&mut base, overlay.as_object().unwrap(), "spec.podTemplate").map(|()| Value::Object(base))
    }

    #[test]
    fn an_overlay_changes_what_it_names_and_nothing_else() {
        for (name, base, overlay, expected) in [
            (
                "maps are merged and scalars replaced",
                json!({ "a": 1, "m": { "x": 1, "y": 2 } }),
                json!({ "a": 2, "m": { "y": 3, "z": 4 } }),
                json!({ "a": 2, "m": { "x": 1, "y": 3, "z": 4 } }),
            ),
            ("null removes", json!({ "a": 1, "b": 2 }), json!({ "a": null, "c": null }), json!({ "b": 2 })),
            (
                "containers and variables meet by name",
                json!({ "containers": [{ "name": "x", "image": "i", "env": [{ "name": "A", "value": "1" }] }] }),
                json!({ "containers": [
                    { "name": "y", "image": "j" },
                    { "name": "x", "env": [{ "name": "B", "value": "2" }, { "name": "A", "value": "3" }] },
                ] }),
                json!({ "containers": [
                    { "name": "x", "image": "i", "env": [{ "name": "A", "value": "3" }, { "name": "B", "value": "2" }] },
                    { "name": "y", "image": "j" },
                ] }),
            ),
            (
                "tolerations are added, other lists replaced",
                json!({ "tolerations": [{ "key": "a" }], "args": ["1"] }),
                json!({ "tolerations": [{ "key": "b" }], "args": ["2"] }),
                json!({ "tolerations": [{ "key": "a" }, { "key": "b" }], "args": ["2"] }),
            ),
            (
                "directives remove items and replace maps",
                json!({ "volumes": [{ "name": "a" }, { "name": "b" }], "m": { "x": 1 } }),
                json!({ "volumes": [{ "name": "a", "$patch": "delete" }], "m": { "$patch": "replace", "y": 2 } }),
                json!({ "volumes": [{ "name": "b" }], "m": { "y": 2 } }),
            ),
        ] {
            assert_eq!(merged(base, &overlay).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_merged_is_told_with_its_place() {
        for (overlay, expected) in [
            (
                json!({ "spec": { "containers": [{ "name": "x" }, { "image": "i" }] } }),
                "spec.podTemplate.spec.containers[1]: has no name",
            ),
            (json!({ "spec": { "volumes": ["x"] } }), "spec.podTemplate.spec.volumes[0]: has no name"),
            (
                json!({ "spec": { "$patch": "delete" } }),
                "spec.podTemplate.spec.$patch: is no directive that is known here",
            ),
            (
                json!({ "spec": { "$setElementOrder/containers": [] } }),
                "spec.podTemplate.spec.$setElementOrder/containers: is no directive",
            ),
        ] {
            let error = merged(json!({}), &overlay).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
