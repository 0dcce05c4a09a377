//! Pods share a bucket. When all of them are gone, new ones answer their first requests from it and ask no origin; and
//! with saved originals a transformation that nobody asked for before asks none either.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use imgplane_tests::pictures;
use serde_json::Map;

use crate::{
    admin,
    cluster::PATIENCE,
    install, manifests,
    pod::get::Answer,
    store,
    suite::{Pod, Suite},
    wait::until_true,
    web_server,
};

const NAMESPACE: &str = "e2e-shared";
const BUCKET: &str = "results";
const WIDTHS: std::ops::Range<u32> = 90..94;
const KEEP_NOTHING: &str = r#"{"spec": {"cache": {"memory": 0, "shared": null}}}"#;
/// One line of the log for each request, which is how the origin tells how often it was asked.
const SERVER: &str = "server {
  listen 8080;
  access_log /dev/stdout;
  root /files;
}";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    suite.with_store()?;
    store::make_user(cluster, "sharing", "the-secret-of-the-results")?;
    // A folder of the store is a bucket.
    store::beside(cluster, &["pictures", &format!("{}/{BUCKET}", store::DATA)], PATIENCE)?;
    cluster.fresh_namespace(NAMESPACE)?;
    let files = [("cat.jpg", pictures::demo_photo("cat.jpg"))];
    let web = web_server::manifests(&suite.images, SERVER, &files, &Map::new());
    cluster.apply(NAMESPACE, &web.to_string())?;
    cluster.rolled_out(NAMESPACE, web_server::NAME)?;
    let url = format!("http://{}.{NAMESPACE}.svc.cluster.local:{}", web_server::NAME, web_server::PORT);
    let endpoint = manifests::endpoint("main", "", &["web"]) + "  caching: {saveOriginals: true}\n";
    cluster.apply(NAMESPACE, &(manifests::web_origin("web", &url) + &endpoint))?;

    let secret = manifests::secret("results", "sharing", "the-secret-of-the-results");
    cluster.apply(install::NAMESPACE, &secret)?;
    let keep = format!(
        r#"{{"spec": {{"cache": {{"memory": "16Mi", "shared": {{"type": "S3Compatible", "s3Compatible": {{
            "bucket": "{BUCKET}", "endpoint": "{}", "region": "us-east-1", "forcePathStyle": true,
            "auth": {{"secretRef": {{"name": "results"}}}}}}}}}}}}}}"#,
        store::ENDPOINT
    );
    cluster.merge(install::NAMESPACE, "dataplane/default", &keep)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;
    cluster.wait_for(install::NAMESPACE, "dataplane/default", "Ready")?;
    let before = suite.until_pods(install::REPLICAS as usize)?;

    let path = |width: u32| format!("{NAMESPACE}/tr:w-{width}/cat.jpg");
    let first = before.first().context("there is a pod")?;
    for width in WIDTHS {
        suite.picture(&first.url(&path(width)), width)?;
    }
    until_written(suite, first)?;
    let asked = asked(suite)?;
    ensure!(asked >= 1, "the origin was asked");
    suite.note(name, "requests to the origin for 4 pictures of a file", f64::from(asked), "", Some(1.0));

    cluster.kubectl(&[
        "delete",
        "pods",
        "--namespace",
        install::NAMESPACE,
        "--selector",
        "imgplane.dev/dataplane=default",
        "--wait=true",
    ])?;
    cluster.rolled_out(install::NAMESPACE, install::DATA_PLANE)?;
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    ensure!(pods.iter().all(|pod| before.iter().all(|old| old.name != pod.name)), "all pods are new");
    let begun = Instant::now();
    for pod in &pods {
        for width in WIDTHS {
            let answer = suite.picture(&pod.url(&path(width)), width)?;
            ensure!(is_hit(&answer), "{} finds what others made: {answer:?}", pod.name);
        }
    }
    suite.seconds(name, "8 first requests to new pods", begun.elapsed().as_secs_f64(), None);
    // Something that nobody has made: from the copy of the original.
    for (pod, width) in pods.iter().zip(120..) {
        suite.picture(&pod.url(&path(width)), width)?;
    }
    let now = self::asked(suite)?;
    suite.note(name, "further requests to the origin", f64::from(now - asked), "", Some(0.0));
    ensure!(now == asked, "the origin was asked {asked} times before, {now} times now");

    cluster.merge(install::NAMESPACE, "dataplane/default", KEEP_NOTHING)?;
    cluster.wait_for(install::NAMESPACE, "dataplane/default", "Programmed")?;
    cluster.kubectl(&["delete", "secret", "results", "--namespace", install::NAMESPACE])?;
    store::delete_user(cluster, "sharing")?;
    suite.done_with(NAMESPACE)
}

/// How often the origin was asked for the file, by its own log. What probes ask for is another path.
fn asked(suite: &Suite) -> Result<u32> {
    let deployment = format!("deployment/{}", web_server::NAME);
    let log = suite.cluster.kubectl(&["logs", "--namespace", NAMESPACE, "--tail=-1", &deployment])?;
    Ok(u32::try_from(log.lines().filter(|line| line.contains("GET /cat.jpg")).count())?)
}

/// Waits until a pod has nothing left to write to the store.
fn until_written(suite: &Suite, pod: &Pod) -> Result<()> {
    let token = admin::token(&suite.cluster)?;
    until_true("everything to be written to the store", PATIENCE, || {
        let metrics = admin::get(suite, pod, "metrics", &token)?.text.unwrap_or_default();
        let of_store: Vec<&str> =
            metrics.lines().filter(|line| line.starts_with("imgplane_store_")).collect();
        let value = |line: &&str| line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        let sum = |parts: &[&str]| -> f64 {
            let lines = of_store.iter().filter(|line| parts.iter().all(|part| line.contains(part)));
            lines.filter_map(value).sum()
        };
        let written = sum(&["imgplane_store_requests_total", "\"write\""]);
        let waiting = sum(&["imgplane_store_queue"]);
        // The pictures and their original.
        Ok((written >= 5.0 && waiting < 0.5, of_store.join("\n")))
    })
    .map(drop)
}

fn is_hit(answer: &Answer) -> bool {
    answer.headers.get("server-timing").is_some_and(|timing| timing.contains("cdn-cache-hit"))
}
