//! A folder of `tests/broken`: the manifests of a set-up, and what must be told of it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

/// A set-up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Name of its folder: a sentence.
    pub folder: String,
    /// Its manifests; words in capitals in braces are replaced by what the harness starts.
    pub manifests: String,
    /// What must be told of it.
    pub expected: Expected,
}

/// What must be told.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    /// Path of the request.
    pub path: String,
    /// Status of the response.
    pub status: u16,
    /// The whole header `ik-error`; empty: there is none.
    #[serde(default)]
    pub ik_error: String,
    /// The condition of the Origin that is not True; absent: there is none, and the log tells what is wrong.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// Its reason.
    #[serde(default)]
    pub reason: String,
    /// A part of what the operator is told.
    #[serde(default)]
    pub message: String,
    /// A part of what the operator is told to do; it stands in the guide.
    #[serde(default)]
    pub remedy: String,
    /// The field that `imgplane check` names; for conditions that it knows.
    #[serde(default)]
    pub field: String,
    /// What lies between imgplane and the store.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// What a probe finds that is told no path; absent: the same reason.
    #[serde(default)]
    pub probe: String,
    /// Whether it runs on a real cluster, too: all that it needs can be started there.
    #[serde(default)]
    pub on_cluster: bool,
}

/// A condition of an Origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Condition {
    /// Whether its settings are accepted.
    Accepted,
    /// Whether what it names exists.
    ResolvedRefs,
    /// Whether pods reach it.
    Reachable,
}

/// What lies between imgplane and `{S3}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing: the port is closed.
    NothingListens,
    /// A firewall that drops what comes.
    BlackHole,
    /// Connections are reset.
    Reset,
    /// The first byte of the answer takes 5 seconds.
    SlowFirstByte,
    /// The connection ends after 4 kB.
    CutShort,
    /// Seconds pass between pieces of 2 kB.
    Stalled,
}

impl Setup {
    /// The name of its Origin and UrlEndpoint, and the beginning of all others.
    pub fn name(&self) -> String {
        self.folder.replace('_', "-")
    }

    /// The same with a value in place of each of these words.
    #[must_use]
    pub fn filled(&self, values: &BTreeMap<&'static str, String>) -> Self {
        let mut filled = self.clone();
        for (word, value) in values {
            filled.manifests = replaced(&filled.manifests, word, value);
            filled.expected.ik_error = filled.expected.ik_error.replace(&format!("{{{word}}}"), value);
        }
        filled
    }

    /// Its manifests as objects.
    pub fn objects(&self) -> Vec<Value> {
        serde_saphyr::from_multiple(&self.manifests).unwrap()
    }
}

/// Every set-up of the folder `tests/broken` of a checkout, by name.
pub fn all(root: &Path) -> Vec<Setup> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).collect()
}

fn read(folder: &Path) -> Setup {
    let text = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let expected = serde_saphyr::from_str(&text("expected.yaml"))
        .unwrap_or_else(|error| panic!("{}/expected.yaml: {error}", folder.display()));
    Setup {
        folder: folder.file_name().unwrap().to_string_lossy().into_owned(),
        manifests: text("manifests.yaml"),
        expected,
    }
}

/// Puts a value in place of a word. Every line of it stands as far in as the word did.
fn replaced(text: &str, word: &str, value: &str) -> String {
    let word = format!("{{{word}}}");
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let room = line.len() - line.trim_start_matches(' ').len();
        let value = value.trim_end().replace('\n', &format!("\n{}", " ".repeat(room)));
        lines.push_str(&line.replace(&word, &value));
    }
    lines
}
