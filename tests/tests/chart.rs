//! The Helm chart and the plain manifests in `deploy/`: what they render, what their values promise, and what real Helm
//! does with them on a real API server. `UPDATE=1` rewrites the golden files, the chart's definitions and `deploy/`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

#[path = "chart/dashboard.rs"]
mod dashboard;
#[path = "chart/definitions.rs"]
mod definitions;
#[path = "chart/deploy.rs"]
mod deploy;
#[path = "chart/health.rs"]
mod health;
#[path = "chart/helm.rs"]
mod helm;
#[path = "chart/install.rs"]
mod install;
#[path = "chart/render.rs"]
mod render;
#[path = "chart/values.rs"]
mod values;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of this test.
fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chart").join(name)
}

/// The text of a file.
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All documents of a YAML text that say something.
fn documents(yaml: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_saphyr::from_multiple(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    all.into_iter().filter(|document| !document.is_null()).collect()
}

/// The one object of a kind.
fn only<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    let found: Vec<_> = objects.iter().filter(|object| object["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}: {found:?}");
    found[0]
}

/// Fails unless the file holds this text; with `UPDATE=1` it does from now on.
#[track_caller]
fn agrees(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        return;
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    if written == text {
        return;
    }
    let line = written.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
    let at = |text: &str| text.lines().skip(line).take(3).collect::<Vec<_>>().join("\n");
    panic!(
        "{}:{}: is not what is rendered now (UPDATE=1 accepts it)\nwas:\n{}\nis:\n{}",
        path.display(),
        line + 1,
        at(&written),
        at(text)
    );
}
