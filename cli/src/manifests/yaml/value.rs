//! Decides what JSON value a YAML node is for Kubernetes, and notes where each part of it stands.

use std::collections::BTreeMap;

use saphyr::{MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Number, Value};

use crate::finding::Position;

use super::{super::locate::Places, Broken};

/// The value of a node; `places` gets where its parts stand, `lines_before` is how many lines the file has before
/// the document.
pub(super) fn convert(
    node: &MarkedYaml<'_>,
    lines_before: usize,
    places: &mut Places,
) -> Result<Value, Broken> {
    let here = position(node, lines_before);
    // The position of a key was set by the parent and is the better one to point at.
    if places.position == Position::default() {
        places.position = here;
    }
    Ok(match &node.data {
        YamlData::Value(scalar) => scalar_value(scalar),
        // Kubernetes reads no custom tags: the value counts.
        YamlData::Tagged(_, inner) => convert(inner, lines_before, places)?,
        YamlData::Representation(text, ..) => Value::String(text.to_string()),
        YamlData::Alias(_) | YamlData::BadValue => {
            // An empty document is a bad value as well, and no mistake.
            if node.span.is_empty() && places.children.is_empty() && here.column == 1 {
                return Ok(Value::Null);
            }
            return Err(Broken { position: here, message: "this value does not fit its tag".to_owned() });
        }
        YamlData::Sequence(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let mut child = Places::default();
                list.push(convert(item, lines_before, &mut child)?);
                places.children.insert(index.to_string(), child);
            }
            Value::Array(list)
        }
        YamlData::Mapping(entries) => {
            let mut map = Map::new();
            let mut merged = Map::new();
            let mut merged_places = BTreeMap::new();
            for (key, value) in entries {
                let key_position = position(key, lines_before);
                let name = key_text(key).ok_or(Broken {
                    position: key_position,
                    message: "a field name must be text".to_owned(),
                })?;
                let mut child = Places { position: key_position, children: BTreeMap::new() };
                let value = convert(value, lines_before, &mut child)?;
                if name == "<<" {
                    merge(value, child, &mut merged, &mut merged_places, key_position)?;
                } else {
                    map.insert(name.clone(), value);
                    places.children.insert(name, child);
                }
            }
            // Fields that stand here win over merged ones.
            for (name, value) in merged {
                if !map.contains_key(&name) {
                    if let Some(child) = merged_places.remove(&name) {
                        places.children.insert(name.clone(), child);
                    }
                    map.insert(name, value);
                }
            }
            Value::Object(map)
        }
    })
}

/// `<<: *anchor` or a list of them, as kubectl reads it: the earlier map wins.
fn merge(
    value: Value,
    mut places: Places,
    merged: &mut Map<String, Value>,
    merged_places: &mut BTreeMap<String, Places>,
    at: Position,
) -> Result<(), Broken> {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !merged.contains_key(&name) {
                    if let Some(child) = places.children.remove(&name) {
                        merged_places.insert(name.clone(), child);
                    }
                    merged.insert(name, value);
                }
            }
            Ok(())
        }
        Value::Array(maps) => {
            for (index, map) in maps.into_iter().enumerate() {
                let child = places.children.remove(&index.to_string()).unwrap_or_default();
                merge(map, child, merged, merged_places, at)?;
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(Broken { position: at, message: "`<<` must merge a map or a list of maps".to_owned() })
        }
    }
}

fn position(node: &MarkedYaml<'_>, lines_before: usize) -> Position {
    Position { line: node.span.start.line() + lines_before, column: node.span.start.col() + 1 }
}

fn scalar_value(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::Number((*value).into()),
        // JSON has no infinity; as text it fails the schema with the right words.
        Scalar::FloatingPoint(value) => Number::from_f64(value.into_inner())
            .map_or_else(|| Value::String(value.to_string()), Value::Number),
        Scalar::String(text) => Value::String(text.to_string()),
    }
}

fn key_text(key: &MarkedYaml<'_>) -> Option<String> {
    match &key.data {
        YamlData::Value(Scalar::String(text)) | YamlData::Representation(text, ..) => Some(text.to_string()),
        YamlData::Value(Scalar::Boolean(value)) => Some(value.to_string()),
        YamlData::Value(Scalar::Integer(value)) => Some(value.to_string()),
        YamlData::Value(Scalar::FloatingPoint(value)) => Some(value.to_string()),
        YamlData::Tagged(_, inner) => key_text(inner),
        YamlData::Value(Scalar::Null)
        | YamlData::Sequence(_)
        | YamlData::Mapping(_)
        | YamlData::Alias(_)
        | YamlData::BadValue => None,
    }
}
