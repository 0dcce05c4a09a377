//! Each case is a file of manifests beside a file of the problems that they have; `UPDATE=1` rewrites the latter.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use imgplane_config::ObjectId;
use imgplane_crds::{Kind, Reason};
use imgplane_operator::{Unreadable, validate};

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

/// Reasons that only running pods give.
const OF_PODS: [Reason; 6] = [
    Reason::Rejected,
    Reason::AckTimeout,
    Reason::TooLarge,
    Reason::AckPending,
    Reason::NotObserved,
    Reason::CacheUnavailable,
];

#[test]
fn every_reason_has_a_case() {
    let found: BTreeSet<&str> = cases()
        .iter()
        .flat_map(|(_, yaml, _)| validated(yaml).problems)
        .map(|problem| problem.reason)
        .collect();
    let of_manifests = Reason::ALL.iter().filter(|reason| !OF_PODS.contains(reason));
    let all: BTreeSet<&str> = of_manifests.map(|reason| reason.as_str()).collect();
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

#[test]
fn an_unreadable_object_is_invalid_and_whoever_names_it_is_told_that_it_cannot_be_used() {
    let mut snapshot = snapshot(
        "
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {namespace: shop, name: images}
spec: {origins: [{name: photos}]}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {namespace: shop, name: elsewhere}
spec: {dataPlaneRef: {name: newer, namespace: pools}}
",
    );
    for (kind, namespace, name) in [
        (Kind::Origin, "shop", "photos"),
        (Kind::DataPlane, "pools", "newer"),
        (Kind::UrlEndpoint, "shop", "broken"),
    ] {
        snapshot.unreadable.push(Unreadable {
            kind,
            id: ObjectId::new(namespace, name),
            uid: "u".into(),
            generation: 1,
            error: "unknown variant `Teleport`".into(),
        });
    }
    let told: Vec<_> = validate(&snapshot).problems.iter().map(ToString::to_string).collect();
    let advice = "apply it again with the CustomResourceDefinitions of this release, which name the field, or \
                  upgrade the operator if a newer release wrote it (Invalid)";
    let cannot = |what: &str, effect: &str| {
        format!(
            "error: {what}: the object does not have the fields that this release knows (unknown variant \
             `Teleport`); {effect}: {advice}"
        )
    };
    assert_eq!(
        told,
        [
            cannot(
                "DataPlane pools/newer",
                "nothing of the DataPlane and its endpoints is taken over until this is right, and pods keep what \
                 they ran before, if they did"
            ),
            cannot(
                "UrlEndpoint shop/broken",
                "the endpoint is not taken over until this is right, and pods keep what they ran before, if they did"
            ),
            "error: UrlEndpoint shop/elsewhere: spec.dataPlaneRef: DataPlane pools/newer has settings that cannot \
             be used; this endpoint is not taken over until they are right, and pods keep what they ran before, if \
             they did: look at the DataPlane's own problems (NoDataPlane)"
                .to_owned(),
            "error: UrlEndpoint shop/images: spec.origins[0].name: Origin shop/photos is not accepted; no other \
             origin is listed, and pods keep what they ran of it before, if they did: look at the Origin's own \
             problems (OriginNotAccepted)"
                .to_owned(),
            cannot(
                "Origin shop/photos",
                "the origin is not taken over until this is right, and pods keep what they ran before, if they did"
            ),
        ]
    );
}
