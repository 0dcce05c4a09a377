//! The rules of the house that no compiler checks.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Files under version control or about to be, with the given ending.
fn files(ending: &str) -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    names
        .lines()
        .filter(|name| name.ends_with(ending))
        .map(|name| root().join(name))
        .filter(|path| path.is_file())
        .collect()
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_source_file_says_what_it_decides() {
    let problems: Vec<_> = files(".rs")
        .iter()
        .filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//!"))
        .map(|path| format!("{} does not open with `//!`", short(path)))
        .collect();
    none(&problems);
}

#[test]
fn no_file_outgrows_its_room() {
    const MOST: usize = 500;
    let problems: Vec<_> = files(".rs")
        .iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
            let test = path.components().any(|part| part.as_os_str() == "tests");
            (lines > MOST && !test).then(|| format!("{} has {lines} lines before its tests", short(path)))
        })
        .collect();
    none(&problems);
}

#[test]
fn no_room_is_named_after_nothing() {
    const BANNED: [&str; 6] = ["mod", "utils", "util", "common", "helpers", "manager"];
    let problems: Vec<_> = files(".rs")
        .iter()
        .filter(|path| path.file_stem().is_some_and(|stem| BANNED.iter().any(|banned| stem == *banned)))
        .map(|path| short(path))
        .collect();
    none(&problems);
}

/// Which of our crates may use which: the arrows of ARCHITECTURE.md.
fn arrows() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("bench", ["codec-av1-decode", "config", "pixels", "tests", "urls"].as_slice()),
        ("cli", ["config", "crds", "dataplane", "operator", "origins", "pixels", "urls"].as_slice()),
        ("codec-av1-decode", [].as_slice()),
        ("codec-av1-encode", ["codec-av1-decode"].as_slice()),
        ("codec-jpeg", [].as_slice()),
        ("codec-webp", [].as_slice()),
        ("config", [].as_slice()),
        ("crds", [].as_slice()),
        ("cache", &[]),
        ("dataplane", ["cache", "config", "origins", "pixels", "store", "text", "urls"].as_slice()),
        ("e2e", ["tests"].as_slice()),
        // To be held against it in tests.
        ("jpeg", ["codec-jpeg"].as_slice()),
        ("operator", ["config", "crds", "urls"].as_slice()),
        ("origins", ["config"].as_slice()),
        (
            "pixels",
            ["codec-av1-decode", "codec-av1-encode", "codec-jpeg", "codec-webp", "jpeg", "text"].as_slice(),
        ),
        ("pixels-fuzz", ["codec-jpeg", "pixels"].as_slice()),
        ("store", ["config", "origins"].as_slice()),
        (
            "tests",
            [
                "codec-av1-decode",
                "codec-av1-encode",
                "codec-jpeg",
                "codec-webp",
                "config",
                "crds",
                "operator",
                "origins",
                "urls",
            ]
            .as_slice(),
        ),
        ("text", &[]),
        ("text-fuzz", ["text"].as_slice()),
        ("urls", [].as_slice()),
        ("urls-fuzz", ["urls"].as_slice()),
    ])
}

#[test]
fn crates_depend_along_the_arrows_only() {
    let mut problems = Vec::new();
    for path in files("Cargo.toml") {
        let text = std::fs::read_to_string(&path).unwrap();
        let Some(name) = text.lines().find_map(|line| line.strip_prefix("name = \"imgplane-")) else {
            continue;
        };
        let name = name.trim_end_matches('"');
        let Some(allowed) = arrows().get(name).copied() else {
            problems.push(format!("{} is a crate without arrows", short(&path)));
            continue;
        };
        for used in text.lines().filter_map(|line| line.strip_prefix("imgplane-")) {
            let used = used.split(['.', ' ', '=']).next().unwrap();
            if !allowed.contains(&used) {
                problems.push(format!("{name} -> {used} is no arrow of the architecture"));
            }
        }
        let data_plane = path.components().any(|part| part.as_os_str() == "dataplane");
        if data_plane && text.lines().any(|line| line.starts_with("kube") || line.starts_with("k8s-openapi"))
        {
            problems.push(format!("{name}: the data plane links no Kubernetes client"));
        }
    }
    none(&problems);
}

#[test]
fn unsafe_code_stays_in_the_codec_crates() {
    let problems: Vec<_> = files("Cargo.toml")
        .iter()
        .filter(|path| !short(path).starts_with("dataplane/codecs/") && short(path) != "Cargo.toml")
        // Fuzz targets are no part of the product, and have a workspace of their own.
        .filter(|path| !short(path).contains("/fuzz/"))
        .filter(|path| !std::fs::read_to_string(path).unwrap().contains("[lints]\nworkspace = true"))
        .map(|path| format!("{} does not take the workspace's lints", short(path)))
        .collect();
    none(&problems);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut problems = Vec::new();
    for path in files(".md") {
        let text = std::fs::read_to_string(&path).unwrap();
        for target in links(&text) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            let linked = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            if !linked.exists() {
                problems.push(format!("{}: {target} does not exist", short(&path)));
            } else if !anchor.is_empty() && !anchors(&linked).iter().any(|known| known == anchor) {
                problems.push(format!("{}: {target} has no such heading", short(&path)));
            }
        }
    }
    none(&problems);
}

/// Targets of inline links and pictures outside code.
fn links(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    prose
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| !target.is_empty())
        .collect()
}

/// Anchors of a document's headings, as the usual renderers make them.
fn anchors(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|heading| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            heading
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}
