//! Broken objects next to a good endpoint under load: they are told what is wrong, and it loses no request.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::{install, manifests, store, suite::Suite};

const NAMESPACE: &str = "e2e-neighbour";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_store()?;
    suite.with_endpoint(NAMESPACE)?;
    store::make_user(cluster, "neighbour", "neighbour-secret")?;
    let bucket = manifests::secret("bucket", "neighbour", "neighbour-secret")
        + &manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket")
        + &manifests::endpoint("bucket", "bucket", &["bucket"]);
    cluster.apply(NAMESPACE, &bucket)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/bucket", "Ready")?;
    suite.picture(&install::url(&format!("{NAMESPACE}/bucket/tr:w-90/cat.jpg")), 90)?;

    let good = install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg"));
    let load = suite.load(&good, 20, &[])?;

    let broken = [
        // Names an Origin that does not exist.
        (manifests::endpoint("no-origin", "no-origin", &["gone"]), "urlendpoint/no-origin", "OriginNotFound"),
        // Claims what the good one has.
        (manifests::endpoint("thief", "", &["photos"]), "urlendpoint/thief", "Conflicted"),
        // Reads a volume that no DataPlane mounts.
        (
            manifests::volume_origin("nowhere", "nowhere")
                + &manifests::endpoint("nowhere", "nowhere", &["nowhere"]),
            "origin/nowhere",
            "VolumeNotFound",
        ),
    ];
    for (objects, object, reason) in broken {
        let begun = Instant::now();
        cluster.apply(NAMESPACE, &objects)?;
        is_told(suite, object, reason)?;
        suite.seconds(name, &format!("apply to {reason}"), begun.elapsed().as_secs_f64(), None);
    }
    // Loses its Secret while it is served.
    cluster.kubectl(&["delete", "secret", "bucket", "--namespace", NAMESPACE])?;
    is_told(suite, "origin/bucket", "SecretNotFound")?;
    let thief = cluster.condition(NAMESPACE, "urlendpoint/thief", "Accepted")?;
    ensure!(thief.message.contains("main"), "the loser is told the winner: {}", thief.message);

    suite.lossless(name, &load.finish()?)?;
    // What was served before it broke is served on.
    suite.picture(&install::url(&format!("{NAMESPACE}/bucket/tr:w-90/cat.jpg")), 90)?;
    let data_plane = cluster.condition(install::NAMESPACE, "dataplane/default", "Ready")?;
    ensure!(data_plane.status == "True", "the DataPlane is well: {data_plane:?}");
    store::delete_user(cluster, "neighbour")?;
    suite.done_with(NAMESPACE)
}

/// Waits until an object says the reason, with words, and is not Ready for it.
fn is_told(suite: &Suite, object: &str, reason: &str) -> Result<()> {
    let (found, _) = suite.cluster.until_condition(NAMESPACE, object, "Ready", ("False", reason))?;
    ensure!(found.message.len() > reason.len(), "{object}: {reason} without a message: {found:?}");
    Ok(())
}
