//! helm upgrade with other values and helm rollback, under a steady load.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::{cluster::PATIENCE, install, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-upgrade";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    let load = suite.load(&install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg")), 60, &[])?;
    let begun = Instant::now();
    install::helm(
        cluster,
        &suite.images,
        &["upgrade"],
        &["operator.logLevel=debug", "dataPlane.spec.replicas=3"],
    )?;
    install::wait(cluster)?;
    suite.until_pods(3)?;
    suite.seconds(name, "helm upgrade to settled", begun.elapsed().as_secs_f64(), None);
    let begun = Instant::now();
    cluster.helm(&["rollback", install::RELEASE, "--namespace", install::NAMESPACE])?;
    install::wait(cluster)?;
    suite.until_pods(install::REPLICAS as usize)?;
    suite.seconds(name, "helm rollback to settled", begun.elapsed().as_secs_f64(), None);
    let outcome = load.finish()?;
    suite.lossless(name, &outcome)?;
    let arguments = ["get", "deployment", install::OPERATOR, "--namespace", install::NAMESPACE, "-o", "yaml"];
    until_true("the operator's old log level", PATIENCE, || {
        let text = cluster.kubectl(&arguments)?;
        Ok((!text.contains("value: debug"), text))
    })?;
    let ready = cluster.condition(NAMESPACE, "urlendpoint/main", "Ready")?;
    ensure!(ready.status == "True", "{ready:?}");
    suite.done_with(NAMESPACE)
}
