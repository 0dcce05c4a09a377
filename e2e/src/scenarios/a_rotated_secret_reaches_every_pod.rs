//! Keys of a bucket change. While old and new are both valid no request is lost; when the old one is withdrawn first,
//! the new one heals every pod within seconds.

use std::time::Instant;

use anyhow::Result;

use crate::{client::get_all_until, install, manifests, store, suite::Suite};

const NAMESPACE: &str = "e2e-rotation";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    suite.with_store()?;
    for number in 1..=3 {
        store::make_user(cluster, &format!("rotated-{number}"), &format!("secret-{number}"))?;
    }
    let key =
        |number: u32| manifests::secret("bucket", &format!("rotated-{number}"), &format!("secret-{number}"));
    cluster.fresh_namespace(NAMESPACE)?;
    let objects = key(1)
        + &manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket")
        + &manifests::endpoint("main", "", &["bucket"]);
    cluster.apply(NAMESPACE, &objects)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;
    let path = format!("{NAMESPACE}/tr:w-90/cat.jpg");
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    let urls: Vec<String> = pods.iter().map(|pod| pod.url(&path)).collect();

    let load = suite.load(&install::url(&path), 12, &[])?;
    cluster.apply(NAMESPACE, &key(2))?;
    // The load goes on long enough for the change to have arrived; then nobody needs the old key.
    let outcome = load.finish()?;
    suite.lossless(name, &outcome)?;
    store::delete_user(cluster, "rotated-1")?;
    get_all_until(cluster, &urls, 200)?;
    for url in &urls {
        suite.picture(url, 90)?;
    }

    store::delete_user(cluster, "rotated-2")?;
    get_all_until(cluster, &urls, 404)?;
    let begun = Instant::now();
    cluster.apply(NAMESPACE, &key(3))?;
    get_all_until(cluster, &urls, 200)?;
    suite.seconds(name, "a new Secret to served by every pod", begun.elapsed().as_secs_f64(), Some(2.0));
    store::delete_user(cluster, "rotated-3")?;
    suite.done_with(NAMESPACE)
}
