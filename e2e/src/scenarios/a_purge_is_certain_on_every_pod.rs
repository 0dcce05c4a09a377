//! Pods that keep results, in memory and on disk, serve them while their origin refuses everybody. Once a purge is
//! completed none of them serves the old bytes any more: neither those that were asked, nor those that come later.

use std::{fs, time::Instant};

use anyhow::{Result, ensure};

use crate::{
    client::get_all_until, cluster::PATIENCE, install, manifests, pod::get::Answer, store, suite::Suite,
    wait::until_true,
};

const NAMESPACE: &str = "e2e-purge";
const KEY: &str = "private_ThePurgesKey=";
const PODS: usize = 3;
/// What the pool keeps. Nodes without isolation of local storage, such as that of `scripts/cluster`, have none of it to
/// give away, so that nothing may be requested.
const KEEP: &str = r#"{"spec": {
    "cache": {"memory": "64Mi", "disk": {"size": "256Mi"}},
    "resources": {"requests": {"ephemeral-storage": "0"}}
}}"#;
const KEEP_NOTHING: &str = r#"{"spec": {"cache": {"memory": 0, "disk": null}, "resources": {"requests": {"ephemeral-storage": null}}}}"#;

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    suite.with_store()?;
    store::make_user(cluster, "purged", "the-secret-of-the-bucket")?;
    cluster.fresh_namespace(NAMESPACE)?;
    let endpoint = manifests::endpoint("main", "", &["bucket"])
        + "  security: {signingKeys: [{secretRef: {name: url-keys, key: privateKey}}]}\n";
    let objects = manifests::secret("bucket", "purged", "the-secret-of-the-bucket")
        + &manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket")
        + &manifests::signing_keys("url-keys", &[("privateKey", KEY)])
        + &endpoint;
    cluster.apply(NAMESPACE, &objects)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;
    let data_plane = "dataplane/default";
    cluster.merge(install::NAMESPACE, data_plane, KEEP)?;
    install::scale(cluster, PODS)?;
    until_pods_with_a_folder(suite, true)?;
    let pods = suite.until_pods(PODS)?;

    let path = format!("{NAMESPACE}/tr:w-90/cat.jpg");
    let urls: Vec<String> = pods.iter().map(|pod| pod.url(&path)).collect();
    let answers = kept_by_all(suite, &urls)?;
    ensure!(answers.iter().all(is_hit), "every pod has it: {answers:?}");

    let key_file = std::env::temp_dir().join(format!("imgplane-e2e-purge-{}", std::process::id()));
    fs::write(&key_file, KEY)?;
    let key = key_file.to_string_lossy().into_owned();
    let (asked, through) = (install::url(&path), pods.first().map(|pod| pod.url("")).unwrap_or_default());
    let begun = Instant::now();
    let said = cluster.in_network("imgplane", &["purge", &asked, "--key-file", &key, "--server", &through]);
    fs::remove_file(&key_file)?;
    let said = said?;
    ensure!(said.stdout.contains("purged everywhere"), "{said:?}");
    suite.seconds(name, "a purge to completed", begun.elapsed().as_secs_f64(), Some(10.0));
    // The origin refuses everybody: whoever still had the old bytes would answer 200.
    for answer in ask_all(suite, &urls)? {
        ensure!(answer.status == Some(404), "{answer:?}");
    }

    // The same for a whole endpoint, by its annotation.
    store::make_user(cluster, "purged", "the-secret-of-the-bucket")?;
    get_all_until(cluster, &urls, 200)?;
    kept_by_all(suite, &urls)?;
    let annotation = ["annotate", "urlendpoint/main", "-n", NAMESPACE, "imgplane.dev/purge=once"];
    let begun = Instant::now();
    cluster.kubectl(&annotation)?;
    get_all_until(cluster, &urls, 404)?;
    suite.seconds(name, "an annotation to purged on every pod", begun.elapsed().as_secs_f64(), Some(5.0));

    cluster.merge(install::NAMESPACE, data_plane, KEEP_NOTHING)?;
    install::scale(cluster, install::REPLICAS as usize)?;
    until_pods_with_a_folder(suite, false)?;
    suite.until_pods(install::REPLICAS as usize)?;
    suite.done_with(NAMESPACE)
}

/// Lets every pod keep what these URLs give, and then takes the origin's user away.
fn kept_by_all(suite: &Suite, urls: &[String]) -> Result<Vec<Answer>> {
    for url in urls {
        suite.picture(url, 90)?;
    }
    store::delete_user(&suite.cluster, "purged")?;
    ask_all(suite, urls)
}

/// Waits until the pods that are to have a folder for results, or none, are all there is.
fn until_pods_with_a_folder(suite: &Suite, wanted: bool) -> Result<()> {
    let deployment = format!("deployment/{}", install::DATA_PLANE);
    until_true("the Deployment of the change", PATIENCE, || {
        let template = suite.cluster.field(install::NAMESPACE, &deployment, "/spec/template")?.to_string();
        Ok((template.contains("--cache-dir") == wanted, template))
    })?;
    suite.cluster.rolled_out(install::NAMESPACE, install::DATA_PLANE)
}

fn ask_all(suite: &Suite, urls: &[String]) -> Result<Vec<Answer>> {
    urls.iter().map(|url| suite.get(url)).collect()
}

fn is_hit(answer: &Answer) -> bool {
    let timing = answer.headers.get("server-timing").map(String::as_str).unwrap_or_default();
    answer.status == Some(200) && timing.contains("cdn-cache-hit")
}
