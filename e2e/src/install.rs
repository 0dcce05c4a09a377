//! imgplane on the cluster: the chart with values for the scenarios, and the volume that its DataPlane mounts.

use std::io::Write as _;

use anyhow::{Context as _, Result};

use crate::{
    client,
    cluster::{Cluster, PATIENCE},
    manifests,
    suite::Images,
};

/// Namespace of the release.
pub(crate) const NAMESPACE: &str = "imgplane-system";
/// Name of the release.
pub(crate) const RELEASE: &str = "imgplane";
/// The operator's Deployment.
pub(crate) const OPERATOR: &str = "imgplane-operator";
/// The Deployment and the Service of the default DataPlane.
pub(crate) const DATA_PLANE: &str = "imgplane-default";
/// Volume of the default DataPlane.
pub(crate) const VOLUME: &str = "photos";
/// Pods of the default DataPlane, unless a scenario changes that.
pub(crate) const REPLICAS: u32 = 2;

/// Makes the release's namespace, with the volume full of pictures.
pub(crate) fn prepare(cluster: &Cluster, images: &Images) -> Result<()> {
    cluster.namespace(NAMESPACE)?;
    cluster.apply(NAMESPACE, &manifests::filled_volume(VOLUME, &images.e2e, &images.pull_policy))?;
    let seconds = format!("--timeout={}s", PATIENCE.as_secs());
    let pod = format!("pod/fill-{VOLUME}");
    let done = "--for=jsonpath={.status.phase}=Succeeded";
    cluster.kubectl_within(&["wait", "--namespace", NAMESPACE, &pod, done, &seconds], PATIENCE * 2)?;
    cluster.kubectl(&["delete", "--namespace", NAMESPACE, &pod])?;
    Ok(())
}

/// Runs `helm VERB` with the scenarios' values and further `--set` pairs.
pub(crate) fn helm(cluster: &Cluster, images: &Images, verb: &[&str], sets: &[&str]) -> Result<()> {
    let mut values = tempfile::Builder::new().prefix("values").suffix(".yaml").tempfile()?;
    values.write_all(self::values(images).as_bytes())?;
    let file = values.path().to_str().context("the folder of temporary files has a readable name")?;
    let chart = cluster.file("charts/imgplane");
    let chart = chart.to_str().context("the repository has a readable name")?;
    let sets: Vec<&str> = sets.iter().flat_map(|pair| ["--set", pair]).collect();
    let rest = [RELEASE, chart, "--namespace", NAMESPACE, "--create-namespace", "--values", file];
    cluster.helm(&[verb, &rest, &sets].concat())?;
    Ok(())
}

/// Waits until the operator and the data plane run.
pub(crate) fn wait(cluster: &Cluster) -> Result<()> {
    cluster.rolled_out(NAMESPACE, OPERATOR)?;
    cluster.wait_for(NAMESPACE, "dataplane/default", "Ready")?;
    cluster.rolled_out(NAMESPACE, DATA_PLANE)
}

/// Sets how many pods the default DataPlane has.
pub(crate) fn scale(cluster: &Cluster, replicas: usize) -> Result<()> {
    let patch = format!(r#"{{"spec":{{"replicas":{replicas}}}}}"#);
    cluster.merge(NAMESPACE, "dataplane/default", &patch)
}

/// Whether the release is there.
pub(crate) fn is_installed(cluster: &Cluster) -> Result<bool> {
    let list = cluster.helm(&["list", "--namespace", NAMESPACE, "--short", "--all"])?;
    Ok(list.lines().any(|line| line.trim() == RELEASE))
}

/// Removes the release, if it is there.
pub(crate) fn uninstall(cluster: &Cluster) -> Result<()> {
    if is_installed(cluster)? {
        cluster.helm(&["uninstall", RELEASE, "--namespace", NAMESPACE, "--wait"])?;
    }
    Ok(())
}

/// A URL of the default DataPlane's Service.
pub(crate) fn url(path: &str) -> String {
    format!("http://{DATA_PLANE}.{NAMESPACE}.svc.cluster.local/{path}")
}

/// Nothing is kept, because most scenarios are about what is fetched and made; those about what is kept turn it on.
fn values(images: &Images) -> String {
    let Images { registry, tag, pull_policy, .. } = images;
    format!(
        "image: {{registry: {registry}, tag: {tag}, pullPolicy: {pull_policy}}}
scraperNamespaces: [{client}]
operator:
  resources: {{requests: {{cpu: 10m, memory: 32Mi}}, limits: {{memory: 384Mi}}}}
dataPlane:
  spec:
    default: true
    replicas: {REPLICAS}
    cache: {{memory: 0}}
    resources: {{requests: {{cpu: 10m, memory: 64Mi}}, limits: {{memory: 512Mi}}}}
    volumes: [{{name: {VOLUME}, claimName: {VOLUME}}}]
",
        client = client::NAMESPACE,
    )
}
