//! `values.yaml` is documentation, and its schema knows every value: both are held to each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{documents, helm::chart, read};

/// Values that Helm adds by itself.
const HELMS_OWN: &str = "global";

/// The paths of all values that the schema describes, with whether they are sections of other values.
fn described() -> BTreeMap<String, bool> {
    let schema: Value = serde_json::from_str(&read(&chart().join("values.schema.json"))).unwrap();
    let mut paths = BTreeMap::new();
    descend(&schema, "", &mut paths);
    paths.remove(HELMS_OWN);
    paths
}

fn descend(schema: &Value, path: &str, paths: &mut BTreeMap<String, bool>) {
    let Some(properties) = schema["properties"].as_object() else { return };
    assert_eq!(schema["additionalProperties"], false, "{path} takes anything");
    for (name, child) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        paths.insert(path.clone(), child["properties"].is_object());
        descend(child, &path, paths);
    }
}

/// The paths of the keys of `values.yaml` that stand on lines of their own, each with its comment.
fn written() -> BTreeMap<String, String> {
    let mut stack: Vec<(usize, String)> = Vec::new();
    let (mut comment, mut paths) = (String::new(), BTreeMap::new());
    for line in read(&chart().join("values.yaml")).lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if text.is_empty() {
            comment.clear();
        } else if let Some(words) = text.strip_prefix('#') {
            comment.push_str(words);
        } else if let Some((key, _)) = text.split_once(':') {
            stack.retain(|(depth, _)| *depth < indent);
            stack.push((indent, key.to_owned()));
            let path = stack.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>().join(".");
            paths.insert(path, std::mem::take(&mut comment));
        }
    }
    paths
}

#[test]
fn every_value_is_written_down_with_its_default_and_a_comment_that_is_a_sentence() {
    let written = written();
    for (path, section) in described() {
        let comment = written.get(&path).unwrap_or_else(|| panic!("{path} is missing in values.yaml"));
        let comment = comment.trim();
        assert!(
            section || comment.contains('.') && comment.len() > 10,
            "{path} lacks a comment: {comment:?}"
        );
    }
}

#[test]
fn the_schema_describes_every_value() {
    let described = described();
    let leaf = |path: &str| {
        // What is below a value that takes any keys is the user's.
        path.match_indices('.').any(|(end, _)| described.get(&path[..end]) == Some(&false))
    };
    let unknown: BTreeSet<_> =
        written().into_keys().filter(|path| !described.contains_key(path) && !leaf(path)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_value_is_used_by_a_template() {
    let mut templates = String::new();
    for entry in std::fs::read_dir(chart().join("templates")).unwrap() {
        templates.push_str(&read(&entry.unwrap().path()));
    }
    for (path, section) in described() {
        assert!(section || templates.contains(&format!(".Values.{path}")), "{path} has no effect");
    }
}

#[test]
fn examples_in_comments_are_values_that_the_schema_takes() {
    let mut tried = 0;
    for (path, comment) in written() {
        let Some((_, example)) = comment.split_once("Example: ") else { continue };
        let value = documents(example.trim()).remove(0);
        let argument = format!("{path}={value}");
        crate::helm::render(&["--set-json", &argument]).succeeded();
        tried += 1;
    }
    assert!(tried >= 8, "{tried}");
}
