//! The API server's verdict on one object, in process: its schema and its rules.

mod rules;
mod schema;

use serde_json::Value;

use crate::Kind;

/// One thing that is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaProblem {
    /// Where, such as `spec.origins[0].name`; the name of a missing field is part of it.
    pub path: String,
    /// What is wrong and what is right, such as `is required`; reads on after the path.
    pub message: String,
}

/// Judges types, bounds, enums, patterns, required fields and unknown fields. Fields that are null count as
/// absent, as they do for the API server. Problems come in the order of their paths.
///
/// `object` is the whole manifest; its `status` is not judged.
pub fn check_schema(kind: Kind, object: &Value) -> Vec<SchemaProblem> {
    schema::check(kind, object)
}

/// Judges the rules that span values and fields (`x-kubernetes-validations`), as for a new object. Says something
/// useful only of objects that [`check_schema`] finds no fault with. Problems come in the order of their paths.
pub fn check_rules(kind: Kind, object: &Value) -> Vec<SchemaProblem> {
    rules::check(kind, object, None)
}

/// As [`check_rules`], for an object that replaces an old one: fields that cannot change are judged too.
pub fn check_rules_update(kind: Kind, object: &Value, old: &Value) -> Vec<SchemaProblem> {
    rules::check(kind, object, Some(old))
}

/// The object without fields that are null.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(_, child)| !child.is_null())
                .map(|(key, child)| (key.clone(), without_nulls(child)))
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.iter().map(without_nulls).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
