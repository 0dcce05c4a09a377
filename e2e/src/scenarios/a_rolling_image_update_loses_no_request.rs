//! The pods are replaced by those of another image under a steady load.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::{cluster::PATIENCE, install, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-rolling";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    let before = suite.until_pods(install::REPLICAS as usize)?;
    let load = suite.load(&install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg")), 45, &[])?;
    let begun = Instant::now();
    // The same content under another name is another image for Kubernetes.
    let patch = format!(r#"{{"spec":{{"image":"{}-next"}}}}"#, suite.images.dataplane);
    cluster.merge(install::NAMESPACE, "dataplane/default", &patch)?;
    until_true("the Deployment to get the image", PATIENCE, || {
        let object = format!("deployment/{}", install::DATA_PLANE);
        let image = cluster.field(install::NAMESPACE, &object, "/spec/template/spec/containers/0/image")?;
        Ok((image.as_str().is_some_and(|image| image.ends_with("-next")), image.to_string()))
    })?;
    cluster.rolled_out(install::NAMESPACE, install::DATA_PLANE)?;
    suite.seconds(name, "patch to rolled out", begun.elapsed().as_secs_f64(), None);
    let after = suite.until_pods(install::REPLICAS as usize)?;
    ensure!(
        after.iter().all(|pod| before.iter().all(|old| old.name != pod.name)),
        "every pod is a new one: {before:?} {after:?}"
    );
    suite.lossless(name, &load.finish()?)?;
    cluster.merge(install::NAMESPACE, "dataplane/default", r#"{"spec":{"image":null}}"#)?;
    cluster.wait_for(install::NAMESPACE, "dataplane/default", "Ready")?;
    suite.done_with(NAMESPACE)
}
