//! The examples are what users copy, so they are held to what users are held to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use imgplane_crds::{Kind, check_rules, check_schema};
use imgplane_operator::{Problem, validate};
use serde_json::Value;

use crate::world::{documents, from_documents};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml")
}

/// Whether the document says anything to imgplane. Examples also hold what lies around it.
fn is_ours(document: &Value) -> bool {
    let version = document["apiVersion"].as_str().unwrap();
    let kind = document["kind"].as_str().unwrap();
    kind.parse::<Kind>().is_ok() || (version == "v1" && ["Secret", "ConfigMap", "Namespace"].contains(&kind))
}

/// Each example with its manifests and the volumes beside them: a single file, or a folder of files.
fn all() -> Vec<(PathBuf, Vec<Value>, Vec<String>)> {
    let read = |path: &PathBuf| documents(&fs::read_to_string(path).unwrap());
    entries(&examples())
        .into_iter()
        .filter_map(|path| {
            let (files, volumes) = if path.is_dir() {
                let names = entries(&path.join("volumes"));
                let names = names.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
                (entries(&path).into_iter().filter(|path| is_yaml(path)).collect(), names.collect())
            } else {
                (vec![path.clone()].into_iter().filter(|path| is_yaml(path)).collect::<Vec<_>>(), Vec::new())
            };
            let documents: Vec<_> = files.iter().flat_map(read).filter(is_ours).collect();
            (!documents.is_empty()).then_some((path, documents, volumes))
        })
        .collect()
}

#[test]
fn examples_have_no_problem_alone_or_together() {
    let all = all();
    assert!(all.len() >= 14, "{all:?}");
    for (path, documents, volumes) in all {
        for document in &documents {
            if let Ok(kind) = document["kind"].as_str().unwrap().parse::<Kind>() {
                assert_eq!(check_schema(kind, document), [], "{}", path.display());
                assert_eq!(check_rules(kind, document), [], "{}", path.display());
            }
        }
        let validated = validate(&from_documents(documents, volumes));
        // That there are no signatures yet is no fault of the example.
        let told = validated.problems.iter().filter(|problem| problem.reason != "UnsignedProxy");
        assert_eq!(told.collect::<Vec<_>>(), Vec::<&Problem>::new(), "{}", path.display());
        assert!(!validated.endpoints.is_empty(), "{} serves nothing", path.display());
    }
}

#[test]
fn the_quick_start_is_two_manifests() {
    let quickstart = examples().join("quickstart");
    let (_, documents, volumes) = all().into_iter().find(|(path, ..)| *path == quickstart).unwrap();
    let kinds: Vec<_> = documents.iter().map(|document| document["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Origin", "UrlEndpoint"]);
    assert_eq!(volumes, ["photos"]);
}
