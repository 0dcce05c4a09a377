//! Rows that wait for a feature: those of the URL language stand beside the vectors, those of the server here. The
//! lists only shrink: a row that passes while it stands in one fails its trial.

use std::path::Path;

use serde::Deserialize;

/// Number of the row and the feature of the server that it waits for, by number.
const SERVER: &[(u32, &str)] = &[
    (289, "PDF"),
    (290, "PDF"),
    (292, "a page of a PDF as a layer"),
    (256, "HEIC"),
    (257, "HEIC"),
    (258, "HEIC"),
    (259, "HEIC"),
    (260, "HEIC"),
];

#[derive(Deserialize)]
struct Pending {
    id: u32,
    feature: String,
}

/// The rows that wait.
pub(crate) struct Waiting(Vec<Pending>);

impl Waiting {
    /// Reads the list beside the vectors and adds the server's own.
    pub(crate) fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dataplane/urls/tests/vectors/pending.json");
        let mut rows: Vec<Pending> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        // What waits for pixels there waits for nothing here.
        rows.retain(|row| row.feature != "pixels");
        rows.extend(SERVER.iter().map(|&(id, feature)| Pending { id, feature: feature.to_owned() }));
        Self(rows)
    }

    /// The feature that a row waits for.
    pub(crate) fn feature(&self, id: u32) -> Option<&str> {
        self.0.iter().find(|row| row.id == id).map(|row| row.feature.as_str())
    }
}
