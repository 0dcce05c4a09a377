//! The real metrics-server, from which an autoscaler learns how busy pods are.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::{
    cluster::{Cluster, PATIENCE},
    suite::Images,
    wait::until_true,
};

/// What it serves.
const API: &str = "v1beta1.metrics.k8s.io";
const NAMESPACE: &str = "kube-system";

/// Starts it where the cluster has none; says whether it is ours.
pub(crate) fn start(cluster: &Cluster, images: &Images) -> Result<bool> {
    let ours = !cluster.exists(&["apiservice", API])?;
    if ours {
        cluster.apply(NAMESPACE, &manifests(cluster, images)?)?;
    }
    until_true("the API of metrics", PATIENCE, || {
        let found = cluster.condition(NAMESPACE, &format!("apiservice/{API}"), "Available")?;
        Ok((found.status == "True", format!("{}: {}", found.reason, found.message)))
    })?;
    Ok(ours)
}

/// Removes what [`start`] made.
pub(crate) fn remove(cluster: &Cluster) -> Result<()> {
    let file = file(cluster);
    let file = file.to_str().context("the repository has a readable name")?;
    cluster.kubectl_within(&["delete", "--ignore-not-found", "-f", file], PATIENCE)?;
    Ok(())
}

fn manifests(cluster: &Cluster, images: &Images) -> Result<String> {
    let Images { registry, tag, pull_policy, .. } = images;
    let file = file(cluster);
    let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(text
        .replace("docker.io/imgplane/metrics-server:dev", &format!("{registry}/metrics-server:{tag}"))
        .replace("imagePullPolicy: Never", &format!("imagePullPolicy: {pull_policy}")))
}

fn file(cluster: &Cluster) -> PathBuf {
    cluster.file("scripts/tools/metrics-server/metrics-server.yaml")
}
