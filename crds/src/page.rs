//! The kinds as one page for people, made from the same schema that the API server judges by.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::{API_VERSION, Kind, schema::root_schema};

const INTRODUCTION: &str = "\
# Kinds

<!-- Written by `make crds` from crds/src; edit the doc comments there. -->

Every field of every kind, as `kubectl explain` shows it. Fields in bold are required. What is wrong with an object is \
said by the API server when it is applied, by `imgplane check` before that, and by the object's conditions after it \
([what they mean](operations.md#conditions)).
";

/// The reference page in Markdown: a section for each kind, a table for each object in it.
pub fn reference_page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for kind in Kind::ALL {
        let schema = root_schema(kind);
        let _ = write!(page, "\n## {kind}\n\n`{API_VERSION}`");
        let _ = writeln!(page, ". {}", text(&schema));
        for part in ["spec", "status"] {
            if let Some(schema) = schema.pointer(&format!("/properties/{part}")) {
                object(&mut page, kind, part, schema);
            }
        }
    }
    page
}

/// A table of an object's fields, then a table for each object below it.
fn object(page: &mut String, kind: Kind, path: &str, schema: &Value) {
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else { return };
    let _ = writeln!(page, "\n### {kind} {path}\n\n| field | type | what |\n| --- | --- | --- |");
    let required = required(schema);
    for (name, field) in fields {
        let shown =
            if required.contains(&name.as_str()) { format!("**`{name}`**") } else { format!("`{name}`") };
        let _ = writeln!(page, "| {shown} | {} | {} |", type_of(field), cell(&text(field)));
    }
    for (name, field) in fields.iter().filter(|(name, _)| name.as_str() != "conditions") {
        let (field, suffix) = match field.get("items") {
            Some(items) => (items, "[]"),
            None => (field, ""),
        };
        object(page, kind, &format!("{path}.{name}{suffix}"), field);
    }
}

fn required(schema: &Value) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn text(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A description on one line of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// What may be written: the choices, or the type with its bounds.
fn type_of(schema: &Value) -> String {
    let Some(object) = schema.as_object() else { return String::new() };
    if let Some(choices) = object.get("enum").and_then(Value::as_array) {
        let choices: Vec<_> =
            choices.iter().filter_map(Value::as_str).map(|one| format!("`{one}`")).collect();
        return choices.join(" ");
    }
    if object.get("x-kubernetes-int-or-string").is_some() {
        return "integer or string".to_owned();
    }
    match object.get("type").and_then(Value::as_str).unwrap_or("any") {
        "array" => {
            let items = object.get("items").map(type_of).unwrap_or_default();
            format!("list of {items}{}", bounds(object, "maxItems", ", at most "))
        }
        "object" if object.get("additionalProperties").is_some() => "map".to_owned(),
        "integer" => {
            format!("integer{}{}", bounds(object, "minimum", ", from "), bounds(object, "maximum", ", to "))
        }
        other => other.to_owned(),
    }
}

fn bounds(schema: &Map<String, Value>, key: &str, words: &str) -> String {
    schema.get(key).map(|bound| format!("{words}{bound}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_every_kind_has_a_row_with_a_type_and_a_description() {
        let page = reference_page();
        let rows: Vec<_> = page.lines().filter(|line| line.contains('`') && line.starts_with('|')).collect();
        assert!(rows.len() > 60, "only {} rows", rows.len());
        for row in rows {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
            assert!(!row.contains("|  |"), "a cell is empty: {row}");
        }
        for kind in Kind::ALL {
            assert!(
                page.contains(&format!("### {kind} spec\n"))
                    && page.contains(&format!("### {kind} status\n"))
            );
        }
    }
}
