//! A folder of `tests/broken`: the manifests of a set-up, and what must be told of it.

use std::path::{Path, PathBuf};

use imgplane_crds::Reason;
use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::Value;

/// A set-up.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Name of its folder: a sentence.
    pub(crate) folder: String,
    /// Its manifests; words in capitals in braces are replaced by what the harness starts.
    pub(crate) manifests: String,
    pub(crate) expected: Expected,
}

/// What must be told.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Expected {
    /// Path of the request.
    pub(crate) path: String,
    /// Status of the response.
    pub(crate) status: u16,
    /// The whole header `ik-error`; empty: there is none.
    #[serde(default)]
    pub(crate) ik_error: String,
    /// The condition of the Origin that is not True; absent: there is none, and the log tells what is wrong.
    #[serde(default)]
    pub(crate) condition: Option<Condition>,
    /// Its reason.
    #[serde(default)]
    pub(crate) reason: String,
    /// A part of what the operator is told.
    #[serde(default)]
    pub(crate) message: String,
    /// A part of what the operator is told to do; it stands in the guide.
    #[serde(default)]
    pub(crate) remedy: String,
    /// The field that `imgplane check` names; for conditions that it knows.
    #[serde(default)]
    pub(crate) field: String,
    /// What lies between imgplane and the store.
    #[serde(default)]
    pub(crate) fault: Option<Fault>,
    /// What a probe finds that is told no path; absent: the same reason.
    #[serde(default)]
    pub(crate) probe: String,
}

/// A condition of an Origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Condition {
    Accepted,
    ResolvedRefs,
    Reachable,
}

/// What lies between imgplane and `{S3}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
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
    pub(crate) fn name(&self) -> String {
        self.folder.replace('_', "-")
    }

    /// Its manifests as objects.
    pub(crate) fn objects(&self) -> Vec<Value> {
        serde_saphyr::from_multiple(&self.manifests).unwrap()
    }
}

/// Every set-up, by name.
pub(crate) fn all() -> Vec<Setup> {
    let root = root();
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("broken")
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

/// The folders can be served by one program, and say what the cluster would say.
pub(crate) fn judge(setups: &[Setup]) -> Result<(), Failed> {
    let mut problems = Vec::new();
    if setups.len() < 32 {
        problems.push(format!("{} set-ups are too few", setups.len()));
    }
    for setup in setups {
        let (name, expected) = (setup.name(), &setup.expected);
        // Placeholders are no YAML, but names stand in lines of their own kind.
        for line in setup.manifests.lines().filter(|line| line.starts_with("metadata:")) {
            if !line.contains("namespace: shop") || !line.contains(&format!("name: {name}")) {
                problems.push(format!("{}: {line:?} is not in shop, or not named {name}", setup.folder));
            }
        }
        if !expected.path.starts_with(&format!("/shop/{name}/")) {
            problems.push(format!("{}: the path {} is another endpoint's", setup.folder, expected.path));
        }
        let known = Reason::ALL.iter().find(|reason| reason.as_str() == expected.reason);
        let fits = match (expected.condition, known) {
            (None, None) => expected.reason.is_empty(),
            (Some(Condition::Reachable), None) => expected.reason.contains('_'),
            (Some(condition), Some(reason)) => reason.condition().as_str() == format!("{condition:?}"),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !fits {
            problems.push(format!("{}: {} is no reason of its condition", setup.folder, expected.reason));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}
