//! From the derived definitions to the ones that are installed: what the derive leaves rough is finished here.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::{DataPlane, Kind, Origin, UrlEndpoint};

/// Removes an enum type's own description, which would otherwise displace that of the field.
pub(crate) fn without_description(schema: &mut Schema) {
    schema.remove("description");
}

/// The CustomResourceDefinition of a kind, as it is installed.
pub fn crd(kind: Kind) -> Value {
    let derived: CustomResourceDefinition = match kind {
        Kind::Origin => Origin::crd(),
        Kind::UrlEndpoint => UrlEndpoint::crd(),
        Kind::DataPlane => DataPlane::crd(),
    };
    // A definition of plain data always becomes JSON; null would make every test of this crate fail.
    let mut crd = serde_json::to_value(derived).unwrap_or_default();
    if let Some(root) = root_schema_mut(&mut crd) {
        finish(root);
        if let Some(conditions) = root.pointer_mut("/properties/status/properties/conditions/items") {
            bound_conditions(conditions);
        }
    }
    drop_empty_arrays(&mut crd);
    // Whether maps keep their order depends on features that other crates turn on; the files must not.
    crd.sort_all_objects();
    crd
}

/// [`crd`] as YAML, with a first line that says where it comes from.
///
/// # Errors
/// Only where a value cannot be written as YAML, which no definition can cause.
pub fn crd_yaml(kind: Kind) -> Result<String, serde_saphyr::ser::Error> {
    let body = serde_saphyr::to_string(&crd(kind))?;
    Ok(format!("# Written by `make crds`; edit crds/src instead.\n{body}"))
}

/// The OpenAPI schema of a kind, as it is installed.
pub(crate) fn root_schema(kind: Kind) -> Value {
    root_schema_mut(&mut crd(kind)).map(Value::take).unwrap_or_default()
}

fn root_schema_mut(crd: &mut Value) -> Option<&mut Value> {
    crd.pointer_mut("/spec/versions/0/schema/openAPIV3Schema")
}

/// Finishes one schema and all below it.
fn finish(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        object.remove("nullable");
        object.remove("title");
        plain_format(object);
        for bound in ["minimum", "maximum"] {
            if let Some(bound) = object.get_mut(bound) {
                *bound = whole(bound);
            }
        }
        if let Some(Value::Array(options)) = object.get_mut("enum") {
            options.retain(|option| !option.is_null());
        }
        if let Some(description) = object.get_mut("description") {
            *description = one_line(description);
        }
        for key in ["properties", "patternProperties"] {
            if let Some(Value::Object(children)) = object.get_mut(key) {
                children.values_mut().for_each(finish);
            }
        }
        for key in ["items", "additionalProperties"] {
            if let Some(child) = object.get_mut(key) {
                finish(child);
            }
        }
    }
}

/// Kubernetes knows `int32` and `int64`, and warns of others.
fn plain_format(schema: &mut Map<String, Value>) {
    let plain = match schema.get("format").and_then(Value::as_str) {
        Some("uint8" | "uint16" | "uint32" | "int8" | "int16") => "int32",
        Some("uint64" | "uint" | "int") => "int64",
        _ => return,
    };
    schema.insert("format".to_owned(), json!(plain));
}

/// Bounds are written as floating-point numbers by the derive, and all of ours are whole.
fn whole(bound: &Value) -> Value {
    match bound.as_f64() {
        Some(number) if number.fract() == 0.0 => json!(number as i64),
        _ => bound.clone(),
    }
}

/// Doc comments break lines where the source does; `kubectl explain` breaks them where the terminal does.
fn one_line(text: &Value) -> Value {
    let text = text.as_str().unwrap_or_default();
    json!(text.split("\n\n").map(|part| part.replace('\n', " ")).collect::<Vec<_>>().join("\n"))
}

/// The bounds that `metav1.Condition` has upstream and the derived schema lacks.
fn bound_conditions(items: &mut Value) {
    let bounds = [
        ("lastTransitionTime", json!({ "format": "date-time" })),
        ("message", json!({ "maxLength": 32_768 })),
        ("observedGeneration", json!({ "minimum": 0, "format": "int64" })),
        (
            "reason",
            json!({
                "minLength": 1, "maxLength": 1024, "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
            }),
        ),
        ("status", json!({ "enum": ["True", "False", "Unknown"] })),
        (
            "type",
            json!({
                "maxLength": 316,
                "pattern": concat!(
                    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?",
                    r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
                )
            }),
        ),
    ];
    for (field, bound) in bounds {
        if let (Some(Value::Object(schema)), Value::Object(bound)) =
            (items.pointer_mut(&format!("/properties/{field}")), bound)
        {
            schema.extend(bound);
        }
    }
}

/// An absent list and an empty one mean the same here, and only the absent one survives the API server.
fn drop_empty_arrays(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, child| child.as_array().is_none_or(|list| !list.is_empty()));
            object.values_mut().for_each(drop_empty_arrays);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty_arrays),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
