//! Each case is a file of manifests beside a file of the problems that they have; `UPDATE=1` rewrites the latter.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use imgplane_crds::Reason;
use imgplane_operator::validate;

use crate::world::{snapshot, validated};

fn cases() -> Vec<(String, String, PathBuf)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/operator/cases");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap(), path.with_extension("problems"))
        })
        .collect();
    cases.sort();
    cases
}

fn told(yaml: &str) -> String {
    let lines: Vec<_> = validated(yaml).problems.iter().map(ToString::to_string).collect();
    lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
}

#[test]
fn manifests_have_the_problems_that_stand_beside_them() {
    let cases = cases();
    assert!(cases.len() >= 15);
    for (name, yaml, golden) in cases {
        let found = told(&yaml);
        if env::var_os("UPDATE").is_some() {
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap();
        assert!(found == expected, "{name}:\n{found}\nexpected:\n{expected}");
    }
}

#[test]
fn every_reason_has_a_case() {
    let found: BTreeSet<&str> = cases()
        .iter()
        .flat_map(|(_, yaml, _)| validated(yaml).problems)
        .map(|problem| problem.reason)
        .collect();
    let all: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(found, all);
}

#[test]
fn problems_do_not_depend_on_the_order_of_objects() {
    for (name, yaml, _) in cases() {
        let forward = snapshot(&yaml);
        let mut backward = forward.clone();
        backward.origins.reverse();
        backward.endpoints.reverse();
        backward.data_planes.reverse();
        // Of two manifests for one object the order decides, and nothing else can.
        if name != "defined-twice" {
            assert_eq!(validate(&forward), validate(&backward), "{name}");
        }
    }
}

#[test]
fn no_problem_tells_a_secret_value() {
    for (name, yaml, _) in cases() {
        let told = told(&yaml);
        for value in ["AKIA", "hush", "AK IA"] {
            assert!(!told.contains(value), "{name} tells {value}");
        }
    }
}
