//! Config that changes under a running server.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path, time::Duration};

use imgplane_config::{Bundle, FileSet, Kind, Loaded, PodLimits, Refusal};
use imgplane_dataplane::follow_config_dir;
use serde_json::json;

use crate::harness::{Harness, bundle, endpoint, id, volume, volume_bundle};

/// Waits until a condition holds.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

fn files(bundle: &Bundle) -> BTreeMap<String, Vec<u8>> {
    let FileSet { config, secret } = FileSet::write(bundle).unwrap();
    config.into_iter().chain(secret).collect()
}

fn write(dir: &Path, bundle: &Bundle) {
    for (name, bytes) in files(bundle) {
        fs::write(dir.join(name), bytes).unwrap();
    }
}

/// Writes as a volume mount does: a new folder, and a link that is swapped in one step.
fn mount(dir: &Path, version: &str, bundle: &Bundle) {
    let folder = format!("..{version}");
    fs::create_dir(dir.join(&folder)).unwrap();
    write(&dir.join(&folder), bundle);
    symlink(&folder, dir.join("..data_tmp")).unwrap();
    fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
    for name in files(bundle).keys() {
        let link = dir.join(name);
        if link.symlink_metadata().is_err() {
            symlink(format!("..data/{name}"), link).unwrap();
        }
    }
}

fn prefixed(prefix: &str) -> Bundle {
    volume_bundle(&json!({"prefix": prefix}), PodLimits::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_files_and_the_swap_of_a_mounted_volume_are_followed() {
    for mounted in [false, true] {
        let put = |dir: &Path, version: &str, bundle: &Bundle| {
            if mounted { mount(dir, version, bundle) } else { write(dir, bundle) }
        };
        let dir = tempfile::tempdir().unwrap();
        let harness = Harness::unconfigured(|_| {}).await;
        harness.file("cat.txt", "x");
        put(dir.path(), "1", &prefixed("one"));
        let following = follow_config_dir(harness.server.handle(), dir.path().to_owned());
        assert_eq!(harness.get("/shop/one/cat.txt").await.status, 200, "mounted: {mounted}");
        put(dir.path(), "2", &prefixed("two"));
        eventually("the new prefix", async || harness.get("/shop/two/cat.txt").await.status == 200).await;
        assert_eq!(harness.get("/shop/one/cat.txt").await.status, 404, "mounted: {mounted}");
        following.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_folder_changes_nothing_and_the_report_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let harness = Harness::unconfigured(|_| {}).await;
    harness.file("cat.txt", "x");
    write(dir.path(), &prefixed("one"));
    let following = follow_config_dir(harness.server.handle(), dir.path().to_owned());
    fs::write(dir.path().join("index.json"), r#"{"schemaVersion": 99}"#).unwrap();
    eventually("the error", async || harness.server.report().config_error.is_some()).await;
    let error = harness.server.report().config_error.unwrap();
    assert!(error.contains("schema version 99"), "{error}");
    assert_eq!(harness.get("/shop/one/cat.txt").await.status, 200);
    write(dir.path(), &prefixed("two"));
    eventually("the repair", async || harness.get("/shop/two/cat.txt").await.status == 200).await;
    assert_eq!(harness.server.report().config_error, None);
    following.abort();
}

#[tokio::test]
async fn one_bad_record_keeps_its_last_good_version_and_its_neighbours_change() {
    let endpoints = |ttl: u64| {
        let settings = |prefix: &str| json!({"prefix": prefix, "caching": {"ttl": ttl}});
        vec![endpoint("a", &settings("a"), &["photos"]), endpoint("b", &settings("b"), &["photos"])]
    };
    let records = |ttl| bundle(PodLimits::default(), endpoints(ttl), vec![volume("photos", "")]);
    let harness = Harness::with(|_| {}, records(1000)).await;
    harness.file("cat.txt", "x");
    let mut second = Loaded::from(records(2000));
    let bad = second.endpoints.remove(0);
    second.refused.push(Refusal {
        kind: Kind::UrlEndpoint,
        id: bad.id,
        generation: 2,
        hash: bad.hash,
        reason: "unknown field `colour`".into(),
    });
    harness.server.apply(second);
    for (path, age) in [("/shop/a/cat.txt", "max-age=1,"), ("/shop/b/cat.txt", "max-age=2,")] {
        let answer = harness.get(path).await;
        assert!(answer.status == 200 && answer.header("cache-control").contains(age), "{path} {answer:?}");
    }
    let report = harness.server.report();
    let state = report.records.iter().find(|record| record.id == id("a")).unwrap();
    assert_eq!(state.refused.as_ref().unwrap().reason, "unknown field `colour`");
    assert_eq!(state.running.as_ref().unwrap().generation, 1);
}

#[tokio::test]
async fn an_origin_that_cannot_be_opened_keeps_running_as_it_was() {
    let harness = Harness::with(|_| {}, volume_bundle(&json!({}), PodLimits::default())).await;
    harness.file("cat.txt", "x");
    let mut bad = volume("photos", "");
    bad.body.kind = imgplane_config::OriginKind::WebFolder(imgplane_config::WebFolder {
        base_url: "no address".into(),
        ..imgplane_config::WebFolder::default()
    });
    let bad = imgplane_config::Record::new(id("photos"), 2, bad.body).unwrap();
    let records = bundle(PodLimits::default(), vec![endpoint("main", &json!({}), &["photos"])], vec![bad]);
    harness.server.apply(records.into());
    assert_eq!(harness.get("/shop/cat.txt").await.status, 200);
    let report = harness.server.report();
    let state = report.records.iter().find(|record| record.kind == Kind::Origin).unwrap();
    assert_eq!(state.running.as_ref().unwrap().generation, 1);
    assert_eq!(state.refused.as_ref().unwrap().revision.generation, 2);
}

#[tokio::test]
async fn an_endpoint_with_one_missing_origin_still_serves_the_others() {
    let endpoints = vec![endpoint("main", &json!({}), &["nowhere", "photos"])];
    let harness = Harness::unconfigured(|_| {}).await;
    harness.server.apply(bundle(PodLimits::default(), endpoints, vec![volume("photos", "")]).into());
    harness.file("cat.txt", "x");
    assert_eq!(harness.get("/shop/cat.txt").await.status, 200);
    let answer = harness.get("/shop/missing.txt").await;
    assert_eq!(
        (answer.status, answer.header("ik-error")),
        (404, "UNIDENTIFIED - An origin of this URL endpoint is not running")
    );
}
