//! The leading operator dies at once; another replica leads and carries out the next change.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    cluster::{Cluster, PATIENCE},
    install, manifests,
    suite::Suite,
    wait::{Look, until},
};

const NAMESPACE: &str = "e2e-leader";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    cluster.rolled_out(install::NAMESPACE, install::OPERATOR)?;
    let (leader, _) = until("a leader", PATIENCE, || {
        Ok(leader(cluster)?.map_or_else(|| Look::NotYet("nobody leads".to_owned()), Look::Done))
    })?;

    let begun = Instant::now();
    if cluster.is_own() {
        // SIGKILL: it cannot hand its lease over. Elsewhere the kubelet warns it a second before, and it can.
        let pods = suite.operators()?;
        let pod = pods.iter().find(|pod| pod.name == leader).context("the leader is a ready pod")?;
        pod.kill(cluster)?;
    }
    // Else the same pod would start its program again and lead on under its name.
    let force = ["--force", "--grace-period=0", "--wait=false"];
    let arguments = ["delete", "pod", &leader, "--namespace", install::NAMESPACE];
    cluster.kubectl(&[&arguments[..], &force].concat())?;
    cluster.apply(NAMESPACE, &manifests::endpoint("main", "after", &["photos"]))?;
    let (next, _) = until("another leader", PATIENCE, || {
        let found = leader_now(cluster)?;
        Ok(match found {
            Some(found) if found != leader => Look::Done(found),
            other => Look::NotYet(format!("{other:?}")),
        })
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    suite.seconds(name, "killed to another leader", seconds, Some(20.0));
    ensure!(seconds < 40.0, "{next} took over only after {seconds:.0} s");
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Programmed")?;
    suite.seconds(name, "killed to the next change programmed", begun.elapsed().as_secs_f64(), None);
    suite.picture(&install::url(&format!("{NAMESPACE}/after/tr:w-80/cat.jpg")), 80)?;
    cluster.rolled_out(install::NAMESPACE, install::OPERATOR)?;
    suite.done_with(NAMESPACE)
}

/// The pod that leads, if it exists.
fn leader(cluster: &Cluster) -> Result<Option<String>> {
    let Some(name) = leader_now(cluster)? else { return Ok(None) };
    let exists = cluster.exists(&["pod", &name, "--namespace", install::NAMESPACE])?;
    Ok(exists.then_some(name))
}

/// Who holds the lease.
fn leader_now(cluster: &Cluster) -> Result<Option<String>> {
    let leases = cluster.json(&["get", "leases", "--namespace", install::NAMESPACE])?;
    let items = leases["items"].as_array().context("a list of leases")?;
    let holder = items
        .iter()
        .filter_map(|lease| lease.pointer("/spec/holderIdentity").and_then(Value::as_str))
        .find(|holder| holder.starts_with(install::OPERATOR));
    Ok(holder.map(str::to_owned))
}
