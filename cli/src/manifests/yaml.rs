//! Decides how YAML text becomes JSON values with positions, one document at a time.
//!
//! Documents are split before they are parsed: a parser cannot go on behind an error, a reader must.

mod value;

use saphyr::{MarkedYaml, YamlLoader};
use saphyr_parser::{BufferedInput, Event, Parser, ScanError, SpannedEventReceiver};
use serde_json::Value;

use crate::finding::Position;

use super::locate::Places;

/// Deepest nesting of lists and maps. Manifests stay below 20; the bound keeps hostile files from exhausting
/// the stack.
const MAX_DEPTH: usize = 64;

/// A document that could be read.
#[derive(Debug)]
pub(super) struct Document {
    /// Its value.
    pub(super) value: Value,
    /// Where its fields stand in the file.
    pub(super) places: Places,
}

/// A document that could not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Where in the file.
    pub(super) position: Position,
    /// What is wrong with it.
    pub(super) message: String,
}

/// Reads all documents of a file; empty ones are left out.
pub(super) fn documents(text: &str) -> Vec<Result<Document, Broken>> {
    split(text).into_iter().filter_map(|(line, text)| document(text, line).transpose()).collect()
}

/// Cuts a file at its document markers: `---` at the start of a line, which YAML allows nowhere else. Gives each
/// piece with the number of lines before it.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let (mut start, mut start_line, mut offset) = (0, 0, 0);
    for (line, content) in text.split_inclusive('\n').enumerate() {
        let marker = content
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        // A piece that holds only `%` directives belongs to the document whose marker follows.
        if marker && offset > start && !only_directives(text.get(start..offset).unwrap_or_default()) {
            pieces.push((start_line, text.get(start..offset).unwrap_or_default()));
            (start, start_line) = (offset, line);
        }
        offset += content.len();
    }
    pieces.push((start_line, text.get(start..).unwrap_or_default()));
    pieces
}

fn only_directives(piece: &str) -> bool {
    let mut content =
        piece.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).peekable();
    content.peek().is_some() && content.all(|line| line.starts_with('%'))
}

fn document(text: &str, lines_before: usize) -> Result<Option<Document>, Broken> {
    let root = load(text).map_err(|error| broken(&error, text, lines_before))?;
    let Some(root) = root else { return Ok(None) };
    let mut places = Places::default();
    let value = value::convert(&root, lines_before, &mut places)?;
    Ok((!value.is_null()).then_some(Document { value, places }))
}

/// Runs parser and loader by hand, because the bound on depth must hold while parsing.
fn load(text: &str) -> Result<Option<MarkedYaml<'_>>, ScanError> {
    let mut parser = Parser::new(BufferedInput::new(text.chars()));
    let mut loader: YamlLoader<'_, MarkedYaml<'_>> = YamlLoader::default();
    let mut depth = 0_usize;
    while let Some(event) = parser.next_event() {
        let (event, span) = event?;
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Alias(..)
            | Event::Scalar(..) => {}
        }
        if depth > MAX_DEPTH {
            return Err(ScanError::new_str(span.start, "lists and maps are nested more than 64 deep"));
        }
        loader.on_event(event, span);
        if let Some(error) = loader.error() {
            return Err(error.clone());
        }
    }
    Ok(loader.into_documents().into_iter().next())
}

fn broken(error: &ScanError, text: &str, lines_before: usize) -> Broken {
    let marker = error.marker();
    // What is missing is noticed behind the end of the document; the last line with text is where it belongs.
    let last = text.trim_end().lines().count().max(1);
    let position = if marker.line() > last {
        let column = text.trim_end().lines().last().map_or(0, |line| line.chars().count());
        Position { line: last + lines_before, column: column.max(1) }
    } else {
        Position { line: marker.line() + lines_before, column: marker.col() + 1 }
    };
    Broken { position, message: format!("this is not valid YAML: {}", advice(error.info())) }
}

/// The parser's words, with what to do where it is known.
fn advice(info: &str) -> String {
    if info.contains("duplicated key") {
        "the same field stands twice in one map; remove one of them".to_owned()
    } else if info.contains("tab") {
        format!("{info}; indent with spaces")
    } else {
        info.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(text: &str) -> Vec<Value> {
        documents(text).into_iter().map(|document| document.unwrap().value).collect()
    }

    #[test]
    fn documents_are_split_at_markers_only() {
        for (text, expected) in [
            ("", vec![]),
            ("---\n---\n# nothing\n---\n", vec![]),
            ("a: 1", vec![json!({"a": 1})]),
            ("---\na: 1\n---\nb: 2\n", vec![json!({"a": 1}), json!({"b": 2})]),
            ("--- {a: 1}\n--- # x\nb: 2\n...\n", vec![json!({"a": 1}), json!({"b": 2})]),
            ("a: |\n  ---\n  x\nb: ----\n", vec![json!({"a": "---\nx\n", "b": "----"})]),
            ("%YAML 1.2\n---\na: 1\n", vec![json!({"a": 1})]),
            ("a: 1\r\n---\r\nb: 2\r\n", vec![json!({"a": 1}), json!({"b": 2})]),
        ] {
            assert_eq!(values(text), expected, "{text:?}");
        }
    }

    #[test]
    fn scalars_are_what_kubernetes_takes_them_for() {
        assert_eq!(
            values("{a: 1, b: 1.5, c: 'true', d: true, e: ~, f: 0x10, 7: x, g: 365d, h: .inf}"),
            [
                json!({"a": 1, "b": 1.5, "c": "true", "d": true, "e": null, "f": 16, "7": "x", "g": "365d", "h": "inf"})
            ]
        );
    }

    #[test]
    fn every_field_knows_its_line_and_column() {
        let text = "# top\n---\nkind: Origin\n---\nspec:\n  origins:\n  - name: a\n  - {name: b}\n";
        let documents = documents(text);
        let places = &documents[1].as_ref().unwrap().places;
        for (path, line, column) in [
            ("", 5, 1),
            ("spec.origins", 6, 3),
            ("spec.origins[0].name", 7, 5),
            ("spec.origins[1]", 8, 5),
            ("spec.origins[1].name", 8, 6),
            ("spec.origins[1].weight", 8, 5),
        ] {
            assert_eq!(places.find(path), Position { line, column }, "{path}");
        }
    }

    #[test]
    fn anchors_and_merge_keys_are_expanded() {
        let text = "base: &base {a: 1, b: 2}\none: {<<: *base, b: 3}\ntwo: {<<: [{a: 9}, *base]}\n";
        assert_eq!(
            values(text),
            [json!({"base": {"a": 1, "b": 2}, "one": {"a": 1, "b": 3}, "two": {"a": 9, "b": 2}})]
        );
    }

    #[test]
    fn mistakes_name_their_line_in_the_file() {
        for (text, line, word) in [
            ("a: 1\n---\nb: [1\n\n---\n", 3, "YAML"),
            ("a: 1\n---\nb: 1\nb: 2\n", 4, "stands twice"),
            ("a:\n\t- x\n", 2, "spaces"),
            ("? [a]\n: 1\n", 1, "field name"),
            ("a: !!int x\n", 1, "tag"),
        ] {
            let broken = documents(text).into_iter().find_map(Result::err).unwrap();
            assert!(broken.message.contains(word), "{text:?}: {broken:?}");
            assert_eq!(broken.position.line, line, "{text:?}: {broken:?}");
        }
    }

    #[test]
    fn hostile_documents_are_refused_and_do_not_exhaust_anything() {
        let nested = "[".repeat(65) + &"]".repeat(65);
        assert!(documents(&nested)[0].as_ref().unwrap_err().message.contains("64 deep"));
        assert!(documents(&"[".repeat(200_000))[0].is_err());
        assert!(documents(&"- ".repeat(200_000))[0].is_err());
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for i in 1..9 {
            let refs = vec![format!("*a{}", i - 1); 10].join(",");
            laughs.extend([format!("a{i}: &a{i} [{refs}]\n")]);
        }
        assert!(documents(&laughs)[0].as_ref().unwrap_err().message.contains("budget"));
    }
}
