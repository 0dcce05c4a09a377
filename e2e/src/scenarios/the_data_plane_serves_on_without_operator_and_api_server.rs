//! The API server is stopped for two minutes and the operator killed, which has to start again without one: pictures
//! come on, and afterwards a change arrives as if nothing had been.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{client, cluster::PATIENCE, install, manifests, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-outage";
/// How long there is no API server.
const OUTAGE: Duration = Duration::from_mins(2);

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    // kubectl exec goes through the API server, so this load runs in a pod of its own and its log is read afterwards.
    let seconds = (OUTAGE.as_secs() + 20).to_string();
    let url = install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg"));
    let arguments = ["load", &url, "--seconds", &seconds, "--rate", "20"];
    let pod = manifests::pod("load", &suite.images.e2e, &suite.images.pull_policy, &arguments);
    cluster.kubectl(&["delete", "pod", "load", "--namespace", client::NAMESPACE, "--ignore-not-found"])?;
    cluster.apply(client::NAMESPACE, &pod)?;
    let logs = ["logs", "load", "--namespace", client::NAMESPACE];
    until_true("the load to begin", PATIENCE, || {
        let text = cluster.kubectl(&logs)?;
        Ok((text.contains("begun"), text))
    })?;

    for pod in suite.operators()? {
        pod.kill(cluster)?;
    }
    cluster.node(&["stop", "kube-apiserver"])?;
    thread::sleep(OUTAGE);
    cluster.node(&["start", "kube-apiserver"])?;
    let begun = Instant::now();
    until_true("the API server", PATIENCE, || {
        Ok((cluster.kubectl(&["get", "--raw=/readyz"]).is_ok(), "it is away".to_owned()))
    })?;
    suite.seconds(name, "API server started to ready", begun.elapsed().as_secs_f64(), None);
    cluster.apply(NAMESPACE, &manifests::endpoint("main", "after", &["photos"]))?;
    // Accepted: kube-proxy has found the API server again, without which no pod reaches it, and so has the operator.
    // Programmed: the kubelet has, too, which had been refused and waits before it asks for the mounted objects again.
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Accepted")?;
    let seconds = begun.elapsed().as_secs_f64();
    suite.seconds(name, "API server started to the next change accepted", seconds, None);
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Programmed")?;
    suite.seconds(
        name,
        "API server started to the next change programmed",
        begun.elapsed().as_secs_f64(),
        None,
    );
    suite.picture(&install::url(&format!("{NAMESPACE}/after/tr:w-80/cat.jpg")), 80)?;
    install::wait(cluster)?;

    until_true("the load to end", PATIENCE, || {
        let phase = cluster.field(client::NAMESPACE, "pod/load", "/status/phase")?;
        Ok((phase == "Succeeded" || phase == "Failed", phase.to_string()))
    })?;
    let mut outcome = client::read_outcome(&cluster.kubectl(&logs)?)?;
    // The endpoint moved near the end of the load: from then on its old address is rightly not there.
    outcome.failures.retain(|failure| failure.at < OUTAGE.as_secs_f64());
    outcome.failed = outcome.failures.len() as u64;
    suite.lossless(name, &outcome)?;
    cluster.kubectl(&["delete", "pod", "load", "--namespace", client::NAMESPACE])?;
    suite.done_with(NAMESPACE)
}
