//! The vector files as types; the fields are described in `README.md` beside this file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One request and its answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the server judges the other fields; reading them checks their spelling")]
pub(crate) struct Row {
    pub(crate) id: u32,
    pub(crate) section: String,
    pub(crate) source: String,
    pub(crate) request: String,
    pub(crate) tr: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) accept: Option<String>,
    pub(crate) headers: Option<BTreeMap<String, String>>,
    pub(crate) hints: Option<RowHints>,
    #[serde(default)]
    pub(crate) settings: Settings,
    pub(crate) named: Option<BTreeMap<String, String>>,
    #[serde(rename = "also_given")]
    pub(crate) also_given: Option<String>,
    pub(crate) status: u16,
    pub(crate) error: Option<String>,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) tolerance: Option<u32>,
    pub(crate) output: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) geometry: Option<Geometry>,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) content_dpr: Option<f64>,
    pub(crate) vary: Option<Vec<String>>,
    pub(crate) warnings: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) original: bool,
    #[serde(default)]
    pub(crate) passthrough: bool,
    pub(crate) note: Option<String>,
}

/// Client hints of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowHints {
    pub(crate) width: Option<f64>,
    pub(crate) dpr: Option<f64>,
}

/// Settings of the endpoint.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the server judges the other fields; reading them checks their spelling")]
pub(crate) struct Settings {
    pub(crate) auto_orient: Option<bool>,
    pub(crate) auto_format: Option<bool>,
    pub(crate) auto_avif: Option<bool>,
    pub(crate) data_saver: Option<bool>,
    pub(crate) restrict_unnamed_transformations: Option<bool>,
    pub(crate) unknown_parameters: Option<String>,
}

/// How a size is reached.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Geometry {
    pub(crate) scaled: Option<[u32; 2]>,
    pub(crate) window: Option<[u32; 2]>,
    pub(crate) rect: Option<[u32; 4]>,
    pub(crate) inner: Option<[u32; 2]>,
    pub(crate) at: Option<[i64; 2]>,
    pub(crate) border: Option<u32>,
}

/// Where a layer lies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overlay {
    pub(crate) size: [u32; 2],
    pub(crate) at: [i64; 2],
}

/// Facts of a source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the server judges the other fields; reading them checks their spelling")]
pub(crate) struct Fixture {
    pub(crate) format: String,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) orientation: Option<u8>,
    pub(crate) content: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the server judges the other fields; reading them checks their spelling")]
struct File {
    section: String,
    title: String,
    rows: Vec<Row>,
}

impl Settings {
    /// Unknown keys are errors.
    pub(crate) fn rejects_unknown(&self) -> bool {
        match self.unknown_parameters.as_deref() {
            Some("Reject") => true,
            Some("Ignore") | None => false,
            Some(other) => panic!("unknownParameters: {other}"),
        }
    }
}

impl Row {
    /// Raw path behind the endpoint, and raw query.
    pub(crate) fn target(&self) -> (String, Option<String>) {
        if let Some(path) = &self.path {
            let path = path.strip_prefix('/').unwrap_or(path);
            return match path.split_once('?') {
                Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
                None => (path.to_owned(), None),
            };
        }
        let query = self.query.clone().or_else(|| self.tr.as_ref().map(|tr| format!("tr={tr}")));
        (self.source.clone(), query)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// All rows, in the order of their files.
pub(crate) fn rows() -> Vec<Row> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("tests/vectors can be listed")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| !path.ends_with("fixtures.json") && !path.ends_with("pending.json"))
        .collect();
    files.sort();
    files.iter().flat_map(|path| read_section(path)).collect()
}

fn read_section(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).expect("a vector file can be read");
    let file: File =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(file.rows.iter().all(|row| row.section == file.section), "{}", path.display());
    file.rows
}

/// A row that cannot pass yet. One that passes must leave the list.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    /// Number of the row.
    pub(crate) id: u32,
    /// What it waits for.
    pub(crate) feature: String,
}

/// The rows that wait.
pub(crate) fn pending() -> Vec<Pending> {
    let text = std::fs::read_to_string(folder().join("pending.json")).expect("pending.json can be read");
    serde_json::from_str(&text).expect("pending.json is right")
}

/// Sources by name; `None`: the file does not exist.
pub(crate) fn fixtures() -> BTreeMap<String, Option<Fixture>> {
    let text = std::fs::read_to_string(folder().join("fixtures.json")).expect("fixtures.json can be read");
    serde_json::from_str(&text).expect("fixtures.json is right")
}
