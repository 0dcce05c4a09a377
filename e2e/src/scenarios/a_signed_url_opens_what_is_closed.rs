//! An endpoint that serves nothing without a signature: `imgplane sign` opens it, on every pod, and its keys rotate
//! while nobody restarts anything.

use std::{process::Command, time::Duration};

use anyhow::{Result, ensure};

use crate::{client::get_all_until, commands::succeed, install, manifests, store, suite::Suite};

const NAMESPACE: &str = "e2e-signed";
const OLD: &str = "private_TheFirstKeyOfTheShop=";
const NEW: &str = "private_TheSecondKeyOfTheShop=";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    suite.with_store()?;
    store::make_user(cluster, "signed", "the-secret-of-the-bucket")?;
    cluster.fresh_namespace(NAMESPACE)?;
    let objects = manifests::secret("bucket", "signed", "the-secret-of-the-bucket")
        + &manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket")
        + &manifests::signing_keys("url-keys", &[("privateKey", OLD), ("next", NEW)])
        + &manifests::signed_endpoint("main", &["bucket"], "url-keys", &["privateKey"]);
    cluster.apply(NAMESPACE, &objects)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;

    let path = format!("{NAMESPACE}/tr:w-90/cat.jpg");
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    let of_pods = |key: &str| -> Result<Vec<String>> {
        pods.iter().map(|pod| sign(&pod.url(&path), key, &[])).collect()
    };
    let unsigned: Vec<String> = pods.iter().map(|pod| pod.url(&path)).collect();
    let (by_old, by_new) = (of_pods(OLD)?, of_pods(NEW)?);
    get_all_until(cluster, &by_old, 200)?;
    get_all_until(cluster, &unsigned, 401)?;
    get_all_until(cluster, &by_new, 401)?;

    let through_the_service = sign(&install::url(&path), OLD, &["--expires-in", "3600"])?;
    let answer = suite.picture(&through_the_service, 90)?;
    // Nobody may keep it longer than the URL is good for.
    let cache_control = answer.headers.get("cache-control").map(String::as_str).unwrap_or_default();
    let ages = cache_control.split(", ").filter_map(|part| part.split_once("age=")?.1.parse::<u64>().ok());
    ensure!(ages.max().is_some_and(|age| age <= 3600), "{answer:?}");
    let ended = suite.get(&sign(&install::url(&path), OLD, &["--timestamp", "1700000000"])?)?;
    let reason = ended.headers.get("ik-error").map(String::as_str).unwrap_or_default();
    ensure!(ended.status == Some(401) && reason.contains("expired"), "{ended:?}");

    // The new key is added, then the old one is taken away, under the load of those who still sign with it.
    let load = suite.load(&through_the_service, 8, &[])?;
    let both = manifests::signed_endpoint("main", &["bucket"], "url-keys", &["next", "privateKey"]);
    cluster.apply(NAMESPACE, &both)?;
    get_all_until(cluster, &by_new, 200)?;
    suite.lossless(name, &load.finish()?)?;
    let begun = std::time::Instant::now();
    cluster.apply(NAMESPACE, &manifests::signed_endpoint("main", &["bucket"], "url-keys", &["next"]))?;
    get_all_until(cluster, &by_old, 401)?;
    suite.seconds(name, "a key taken away to refused by every pod", begun.elapsed().as_secs_f64(), Some(5.0));
    get_all_until(cluster, &by_new, 200)?;

    let everything = ["get", "urlendpoints,events,configmaps", "--all-namespaces", "-o", "yaml"];
    let shown = cluster.kubectl(&everything)?;
    ensure!(!shown.contains(OLD) && !shown.contains(NEW), "a signing key is shown to everybody");
    store::delete_user(cluster, "signed")?;
    suite.done_with(NAMESPACE)
}

/// What `imgplane sign` makes of a URL; the key comes in by standard input.
fn sign(url: &str, key: &str, flags: &[&str]) -> Result<String> {
    let program = std::env::current_exe()?.with_file_name("imgplane");
    let mut command = Command::new(program);
    command.args(["sign", url, "--key-file", "-"]).args(flags);
    Ok(succeed(&mut command, Some(key), Duration::from_secs(10))?.trim().to_owned())
}
