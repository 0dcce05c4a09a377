//! What the first page of the documentation promises: helm install, the two manifests of the quickstart, a picture.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::{cluster::PATIENCE, install, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-shop";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    install::uninstall(cluster)?;
    suite.set_installed(false);
    suite.with_client()?;
    install::prepare(cluster, &suite.images)?;
    cluster.fresh_namespace(NAMESPACE)?;

    let begun = Instant::now();
    install::helm(cluster, &suite.images, &["install"], &[])?;
    suite.set_installed(true);
    suite.seconds(name, "helm install", begun.elapsed().as_secs_f64(), None);
    cluster.kubectl(&["apply", "--namespace", NAMESPACE, "-f", "examples/quickstart/images.yaml"])?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;
    let url = cluster.field(NAMESPACE, "urlendpoint/main", "/status/url")?;
    let url =
        url.as_str().context("the endpoint says its URL in the status")?.trim_end_matches('/').to_owned();
    let answer = suite.picture(&format!("{url}/tr:w-300/cat.jpg"), 300)?;
    suite.seconds(name, "helm install to a picture", begun.elapsed().as_secs_f64(), Some(60.0));
    ensure!(answer.headers.contains_key("server-timing"), "{answer:?}");

    install::wait(cluster)?;
    let table = ["get", "dataplane", "default", "--namespace", install::NAMESPACE, "--no-headers"];
    until_true("kubectl get dataplane to say that both pods are programmed", PATIENCE, || {
        let table = cluster.kubectl(&table)?;
        Ok((table.contains("2/2"), table))
    })?;
    cluster.until_condition(NAMESPACE, "origin/photos", "Ready", ("True", "Ready"))?;
    let origin = cluster.kubectl(&["get", "origin", "photos", "--namespace", NAMESPACE, "--no-headers"])?;
    ensure!(origin.contains("Volume"), "kubectl get origin shows its type: {origin}");
    // The Service, the shared host, the account and the default endpoint, as the URLs of the documentation have it.
    suite.picture(&install::url(&format!("{NAMESPACE}/tr:w-120/cat.jpg")), 120)?;
    let absent = suite.get(&install::url(&format!("{NAMESPACE}/tr:w-120/absent.jpg")))?;
    let reason = absent.headers.get("ik-error").map(String::as_str).unwrap_or_default();
    ensure!(absent.status == Some(404) && reason.starts_with("ENOENT"), "{absent:?}");
    suite.done_with(NAMESPACE)
}
