//! A row of the vectors, as their README describes it.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// One request and the answer it must get.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) id: u32,
    pub(crate) source: String,
    pub(crate) request: String,
    tr: Option<String>,
    query: Option<String>,
    path: Option<String>,
    accept: Option<String>,
    #[serde(default)]
    headers: Value,
    #[serde(default)]
    hints: Value,
    #[serde(default)]
    pub(crate) settings: Value,
    /// Stored transformations by name.
    #[serde(default)]
    named: Value,
    pub(crate) status: u16,
    pub(crate) error: Option<String>,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    #[serde(default)]
    pub(crate) tolerance: u32,
    pub(crate) format: Option<String>,
    pub(crate) content_dpr: Option<f64>,
    #[serde(default)]
    pub(crate) vary: Vec<String>,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    #[serde(default)]
    pub(crate) original: bool,
    #[serde(default)]
    pub(crate) passthrough: bool,
}

impl Row {
    /// What its endpoint must have, as one text: settings and stored transformations.
    pub(crate) fn endpoint(&self) -> String {
        serde_json::json!([self.settings, self.named]).to_string()
    }

    /// Fields of its endpoint's spec.
    pub(crate) fn spec(&self) -> Value {
        let mut spec = serde_json::json!({ "optimization": {}, "compat": {}, "namedTransformations": [] });
        for (key, value) in self.settings.as_object().into_iter().flatten() {
            match key.as_str() {
                "unknownParameters" => spec["compat"][key] = value.clone(),
                "restrictUnnamedTransformations" => spec[key] = value.clone(),
                "dataSaver" => spec["optimization"][key] = serde_json::json!({ "enabled": value }),
                _ => spec["optimization"][key] = value.clone(),
            }
        }
        let named = self.named.as_object().into_iter().flatten();
        spec["namedTransformations"] =
            named.map(|(name, value)| serde_json::json!({ "name": name, "value": value })).collect();
        spec
    }

    /// Path and query behind the endpoint, with a leading slash.
    pub(crate) fn target(&self) -> String {
        if let Some(path) = &self.path {
            return format!("/{}", path.trim_start_matches('/'));
        }
        match (&self.query, &self.tr) {
            (Some(query), _) => format!("/{}?{query}", self.source),
            (None, Some(tr)) => format!("/{}?tr={tr}", self.source),
            (None, None) => format!("/{}", self.source),
        }
    }

    /// The request with the row's headers and hints.
    pub(crate) fn asked(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let mut request = request.header("accept", self.accept.as_deref().unwrap_or("*/*"));
        for (name, value) in self.headers.as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
        for (hint, header) in [("width", "sec-ch-width"), ("dpr", "sec-ch-dpr")] {
            if let Some(value) = self.hints.get(hint) {
                request = request.header(header, value.to_string());
            }
        }
        request
    }
}

/// All rows, by number.
pub(crate) fn rows() -> Vec<Row> {
    #[derive(Deserialize)]
    struct Section {
        rows: Vec<Row>,
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dataplane/urls/tests/vectors");
    let mut rows = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|ending| ending == "json")
            && name != "fixtures.json"
            && name != "pending.json"
        {
            let section: Section = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            rows.extend(section.rows);
        }
    }
    rows.sort_by_key(|row| row.id);
    rows
}
