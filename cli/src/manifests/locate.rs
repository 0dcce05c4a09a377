//! Where each field of a YAML document stands, found by field path.

use std::collections::BTreeMap;

use crate::finding::Position;

/// Positions of a value and of everything below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Of the key where there is one, else of the value.
    pub(super) position: Position,
    /// Of fields and items; items are keyed by their index.
    pub(super) children: BTreeMap<String, Places>,
}

impl Places {
    /// The position of a field, or of the nearest field around it that exists: a missing field is reported where
    /// it would have to be added.
    pub(super) fn find(&self, path: &str) -> Position {
        let mut here = self;
        for segment in segments(path) {
            match here.children.get(&segment) {
                Some(child) => here = child,
                None => break,
            }
        }
        here.position
    }

    /// The part of the tree below a path, if it exists.
    pub(super) fn below(&self, path: &str) -> Option<&Self> {
        segments(path).iter().try_fold(self, |here, segment| here.children.get(segment))
    }
}

/// Splits `spec.origins[0]["a.b"]` into its names and indexes.
fn segments(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (name, after) = match quote {
                Some(quote) => split(inner.get(1..).unwrap_or_default(), quote),
                None => split(inner, ']'),
            };
            found.push(name.to_owned());
            rest = after.trim_start_matches([']', '.']);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if !name.is_empty() {
                found.push(name.to_owned());
            }
            rest = after.strip_prefix('.').unwrap_or(after);
        }
    }
    found
}

fn split(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_paths_are_split_in_all_their_spellings() {
        for (path, expected) in [
            ("", vec![]),
            ("spec", vec!["spec"]),
            (".spec.type", vec!["spec", "type"]),
            ("spec.origins[0].name", vec!["spec", "origins", "0", "name"]),
            ("metadata.labels[\"a.b/c\"]", vec!["metadata", "labels", "a.b/c"]),
            ("data['k.x'].y[12]", vec!["data", "k.x", "y", "12"]),
            ("a[", vec!["a", ""]),
        ] {
            assert_eq!(segments(path), expected, "{path}");
        }
    }

    #[test]
    fn a_missing_field_is_found_at_its_nearest_parent() {
        let leaf = Places { position: Position { line: 4, column: 3 }, children: BTreeMap::new() };
        let spec = Places {
            position: Position { line: 3, column: 1 },
            children: BTreeMap::from([("type".to_owned(), leaf)]),
        };
        let root = Places {
            position: Position { line: 1, column: 1 },
            children: BTreeMap::from([("spec".to_owned(), spec)]),
        };
        assert_eq!(root.find("spec.type").line, 4);
        assert_eq!(root.find("spec.volume.name").line, 3);
        assert_eq!(root.find("status").line, 1);
        assert!(root.below("spec.volume").is_none());
    }
}
