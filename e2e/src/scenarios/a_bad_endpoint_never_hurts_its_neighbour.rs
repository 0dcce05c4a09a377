//! Broken objects next to a good endpoint under load: they are told what is wrong, and it loses no request.

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

    // Names an Origin that does not exist.
    cluster.apply(NAMESPACE, &manifests::endpoint("no-origin", "no-origin", &["gone"]))?;
    // Claims what the good one has.
    cluster.apply(NAMESPACE, &manifests::endpoint("thief", "", &["photos"]))?;
    // Reads a volume that no DataPlane mounts.
    let volume = manifests::volume_origin("nowhere", "nowhere")
        + &manifests::endpoint("nowhere", "nowhere", &["nowhere"]);
    cluster.apply(NAMESPACE, &volume)?;
    // Loses its Secret while it is served.
    cluster.kubectl(&["delete", "secret", "bucket", "--namespace", NAMESPACE])?;

    let wrong = [
        ("urlendpoint/no-origin", "ResolvedRefs", "OriginNotFound"),
        ("urlendpoint/thief", "Accepted", "Conflicted"),
        ("origin/nowhere", "ResolvedRefs", "VolumeNotFound"),
        ("origin/bucket", "ResolvedRefs", "SecretNotFound"),
    ];
    for (object, condition, reason) in wrong {
        let (found, seconds) = cluster.until_condition(NAMESPACE, object, condition, ("False", reason))?;
        ensure!(!found.message.is_empty(), "{object}: {reason} without a message");
        let ready = cluster.condition(NAMESPACE, object, "Ready")?;
        ensure!(ready.status == "False", "{object} is Ready={} with {reason}", ready.status);
        suite.seconds(name, &format!("apply to {reason}"), seconds, None);
    }
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
