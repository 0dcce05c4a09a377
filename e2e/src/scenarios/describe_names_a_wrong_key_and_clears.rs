//! A wrong key is in `kubectl describe` before any traffic, and gone after the fix.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::{cluster::PATIENCE, install, manifests, store, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-wrong-key";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    const WRONG: &str = "this-is-not-the-secret";
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    suite.with_store()?;
    store::make_user(cluster, "reader", "the-right-secret")?;
    cluster.fresh_namespace(NAMESPACE)?;

    let begun = Instant::now();
    let objects = manifests::secret("bucket", "reader", WRONG)
        + &manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket")
        + &manifests::endpoint("main", "", &["bucket"]);
    cluster.apply(NAMESPACE, &objects)?;
    let describe = || cluster.kubectl(&["describe", "origin", "bucket", "--namespace", NAMESPACE]);
    until_true("kubectl describe to name the wrong key", PATIENCE, || {
        let text = describe()?;
        Ok((text.contains("EACCES_CredentialsInvalid"), text))
    })?;
    suite.seconds(name, "apply to a named wrong key", begun.elapsed().as_secs_f64(), Some(15.0));
    let found = cluster.condition(NAMESPACE, "origin/bucket", "Reachable")?;
    ensure!(found.status == "False" && found.message.len() > 20, "{found:?}");
    until_true("an event that says so", PATIENCE, || {
        let text = describe()?;
        let events = text.split_once("Events:").map(|(_, events)| events).unwrap_or_default();
        Ok((events.contains("CredentialsInvalid"), text))
    })?;
    let everything = cluster.kubectl(&["get", "origins,events", "--namespace", NAMESPACE, "-o", "yaml"])?;
    ensure!(!everything.contains(WRONG), "the secret key is shown to everybody");

    let begun = Instant::now();
    cluster.apply(NAMESPACE, &manifests::secret("bucket", "reader", "the-right-secret"))?;
    cluster.until_condition(NAMESPACE, "origin/bucket", "Reachable", ("True", ""))?;
    suite.seconds(name, "the right key to Reachable", begun.elapsed().as_secs_f64(), Some(15.0));
    cluster.until_condition(NAMESPACE, "origin/bucket", "Ready", ("True", ""))?;
    suite.picture(&install::url(&format!("{NAMESPACE}/tr:w-90/cat.jpg")), 90)?;
    store::delete_user(cluster, "reader")?;
    suite.done_with(NAMESPACE)
}
