//! One thing that is wrong, or worth knowing, with the place in the manifests where it stands.
//!
//! Decides how findings are ordered and how they read as a line and as JSON. `check` and `dev` print the same.

use std::{fmt, path::PathBuf};

use imgplane_config::ObjectId;
use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// The object, or a part of it, is not served. `check` exits 1.
    Error,
    /// Served, but probably not what was meant.
    Warning,
    /// Not imgplane's business, said so that nothing vanishes silently.
    Note,
}

/// A place in a file; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Position {
    /// Line.
    pub(crate) line: usize,
    /// Column, in characters.
    pub(crate) column: usize,
}

/// A problem, warning or note.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Finding {
    /// The file, as the user would type it; absent for what no file causes.
    pub(crate) file: Option<PathBuf>,
    /// Where in the file.
    pub(crate) position: Option<Position>,
    /// How much it matters.
    pub(crate) severity: Severity,
    /// Kind and name of the object, as far as they are known.
    pub(crate) object: Option<(String, ObjectId)>,
    /// Field path, e.g. `spec.origins[0].name`; empty: the object or file as a whole.
    pub(crate) field: String,
    /// Stable word for programs, e.g. `OriginNotFound`.
    pub(crate) reason: String,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

/// The JSON form; its fields are part of the command's interface.
#[derive(Serialize)]
struct Wire<'a> {
    severity: Severity,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    kind: Option<&'a str>,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    field: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            severity: self.severity,
            file: self.file.as_ref().map(|file| file.display().to_string()),
            line: self.position.map(|position| position.line),
            column: self.position.map(|position| position.column),
            kind: self.object.as_ref().map(|(kind, _)| kind.as_str()),
            namespace: self.object.as_ref().map(|(_, id)| id.namespace.as_str()),
            name: self.object.as_ref().map(|(_, id)| id.name.as_str()),
            field: &self.field,
            reason: &self.reason,
            message: &self.message,
        }
        .serialize(serializer)
    }
}

impl fmt::Display for Finding {
    /// `FILE:LINE: KIND namespace/name: FIELD: message`, always one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            if let Some(position) = self.position {
                write!(f, ":{}", position.line)?;
            }
            f.write_str(": ")?;
        }
        match self.severity {
            Severity::Error => {}
            Severity::Warning => f.write_str("warning: ")?,
            Severity::Note => f.write_str("note: ")?,
        }
        if let Some((kind, id)) = &self.object {
            write!(f, "{kind} ")?;
            if !id.namespace.is_empty() {
                write!(f, "{}/", id.namespace)?;
            }
            write!(f, "{}: ", id.name)?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", one_line(&self.field))?;
        }
        f.write_str(&one_line(&self.message))
    }
}

/// Text of manifests may hold anything: line breaks and terminal control characters become spaces.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Errors among them, warnings among them.
pub(crate) fn count(findings: &[Finding]) -> (usize, usize) {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    (of(Severity::Error), of(Severity::Warning))
}

/// `1 problem`, `2 problems`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding {
            file: Some("site/main.yaml".into()),
            position: Some(Position { line: 12, column: 5 }),
            severity: Severity::Error,
            object: Some(("UrlEndpoint".into(), ObjectId::new("default", "main"))),
            field: "spec.origins[0].name".into(),
            reason: "OriginNotFound".into(),
            message: "there is no Origin photo".into(),
        }
    }

    #[test]
    fn a_finding_is_one_line_with_file_line_object_and_field() {
        assert_eq!(
            finding().to_string(),
            "site/main.yaml:12: UrlEndpoint default/main: spec.origins[0].name: there is no Origin photo"
        );
        let warning = Finding { severity: Severity::Warning, field: String::new(), ..finding() };
        assert_eq!(
            warning.to_string(),
            "site/main.yaml:12: warning: UrlEndpoint default/main: there is no Origin photo"
        );
    }

    #[test]
    fn text_from_a_manifest_cannot_break_the_line_or_colour_the_terminal() {
        let hostile = Finding { message: "a\nb\u{1b}[31mc".into(), ..finding() };
        let line = hostile.to_string();
        assert!(!line.contains(['\n', '\u{1b}']), "{line:?}");
    }

    #[test]
    fn json_names_every_part() {
        let json = serde_json::to_value(finding()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "severity": "error", "file": "site/main.yaml", "line": 12, "column": 5,
                "kind": "UrlEndpoint", "namespace": "default", "name": "main",
                "field": "spec.origins[0].name", "reason": "OriginNotFound",
                "message": "there is no Origin photo"
            })
        );
    }
}
