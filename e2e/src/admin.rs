//! The admin port of data-plane pods, asked from the client's pod, which may scrape them.

use anyhow::{Result, ensure};

use crate::{
    client,
    cluster::Cluster,
    install,
    pod::get::Answer,
    suite::{Pod, Suite},
};

/// Secret with the token of the default DataPlane's pods.
const SECRET: &str = "imgplane-default-admin";

/// The token.
pub(crate) fn token(cluster: &Cluster) -> Result<String> {
    let template = "--output=go-template={{.data.token | base64decode}}";
    cluster.kubectl(&["get", "secret", SECRET, "--namespace", install::NAMESPACE, template])
}

/// What a pod says at a path, which must be a text.
pub(crate) fn get(suite: &Suite, pod: &Pod, path: &str, token: &str) -> Result<Answer> {
    let url = format!("http://{}:8081/{path}", pod.address);
    let authorization = format!("Authorization: Bearer {token}");
    let answer = client::get(&suite.cluster, &url, &["--header", &authorization])?;
    ensure!(answer.status == Some(200) && answer.text.is_some(), "{url}: {answer:?}");
    Ok(answer)
}
