//! Two pods whose number is handed to an autoscaler: three under a heavy load, one after it, two again when the
//! autoscaler goes; under a steady light load throughout.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, PATIENCE},
    install, metrics_server,
    suite::{AROUND, Suite},
    wait::{Look, until, until_true},
};

const NAMESPACE: &str = "e2e-autoscaling";
const FEWEST: u64 = 1;
const MOST: u64 = 3;
/// What a pod requests, and the share of it that is aimed at: 140m of a core. The light load needs about 30m of one pod,
/// the heavy one as many cores as there are.
const CPU: &str = "200m";
const CPU_UTILIZATION: u64 = 70;
/// Writes of somebody else to the Deployment, each of which makes the operator apply it again.
const TURNS: u32 = 3;
/// Kubernetes takes pods away when none of the last 5 minutes needed them; then they have to drain.
const COOLING: Duration = Duration::from_mins(8);
/// Longer than the scenario, in seconds: its loads are told when to end.
const LONG: u64 = 3600;
/// How long a status may say how many pods there were: each object has a budget of writes, and where it is used up by
/// what came before, the next one is written within 10 minutes.
const TOLD: Duration = Duration::from_mins(11);

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    let ours = metrics_server::start(cluster, &suite.images)?;
    let usual = u64::from(install::REPLICAS);
    suite.until_pods(install::REPLICAS as usize)?;
    let request = cluster.field(install::NAMESPACE, "dataplane/default", "/spec/resources/requests/cpu")?;
    let light = suite.open_load(&url("w-100"), LONG, &["--rate", "10"])?;

    // What the pods request changes with it, so they are replaced while their number is handed over.
    let begun = Instant::now();
    patch(
        cluster,
        &json!({
            "replicas": null,
            "autoscaling": {"min": FEWEST, "max": MOST, "cpuUtilization": CPU_UTILIZATION},
            "resources": {"requests": {"cpu": CPU}},
        }),
    )?;
    let mut fewest = u64::MAX;
    let (read, _) = until("the autoscaler to read a metric", PATIENCE, || {
        let scale = Scale::look(cluster)?;
        fewest = fewest.min(scale.replicas);
        Ok(scale.utilization.map_or_else(|| Look::NotYet(format!("{scale:?}")), Look::Done))
    })?;
    suite.seconds(name, "autoscaling to a metric that is read", begun.elapsed().as_secs_f64(), None);
    suite.note(name, "CPU use under the light load", read as f64, "%", None);
    ensure!(fewest == usual, "{usual} pods should be handed over, and there were {fewest}");
    cluster.rolled_out(install::NAMESPACE, install::DATA_PLANE)?;

    // A connection for each request, so that new pods share the load at once.
    let begun = Instant::now();
    let flags = ["--connections", "0", "--fresh", "2", "--rate", "1000"];
    let heavy = suite.open_load(&url("w-1{n}"), LONG, &flags)?;
    suite.until_pods(MOST as usize)?;
    suite.seconds(name, "heavy load to three ready pods", begun.elapsed().as_secs_f64(), None);
    holds_still(suite, name)?;

    let heavy = heavy.finish()?;
    ensure!(heavy.requests > 0 && heavy.failed == 0, "the heavy load lost requests: {heavy:?}");
    suite.note(name, "requests of the heavy load", heavy.requests as f64, "", None);
    let begun = Instant::now();
    until("one pod again", COOLING, || {
        let (pods, scale) = (suite.pods()?, Scale::look(cluster)?);
        let one = pods.len() as u64 == FEWEST && scale.replicas == FEWEST;
        Ok(if one { Look::Done(()) } else { Look::NotYet(format!("{} pods, {scale:?}", pods.len())) })
    })?;
    suite.seconds(name, "end of the heavy load to one pod", begun.elapsed().as_secs_f64(), None);
    // It is in service with one pod; how many there are stands in its status when the budget of writes allows it.
    cluster.wait_for(install::NAMESPACE, "dataplane/default", "Ready")?;

    let begun = Instant::now();
    patch(
        cluster,
        &json!({
            "replicas": usual,
            "autoscaling": null,
            "resources": {"requests": {"cpu": request}},
        }),
    )?;
    until_true("the autoscaler to be gone and its pods to stay", PATIENCE, || {
        let autoscaler = ["hpa", install::DATA_PLANE, "--namespace", install::NAMESPACE];
        let gone = !cluster.exists(&autoscaler)?;
        let deployment = format!("deployment/{}", install::DATA_PLANE);
        let replicas = cluster.field(install::NAMESPACE, &deployment, "/spec/replicas")?;
        Ok((gone && replicas == usual, format!("gone: {gone}, replicas: {replicas}")))
    })?;
    cluster.rolled_out(install::NAMESPACE, install::DATA_PLANE)?;
    suite.until_pods(install::REPLICAS as usize)?;
    suite.seconds(name, "autoscaling away to two ready pods", begun.elapsed().as_secs_f64(), None);
    std::thread::sleep(AROUND);
    suite.lossless(name, &light.finish()?)?;
    cluster.wait_for(install::NAMESPACE, "dataplane/default", "Ready")?;
    if ours {
        metrics_server::remove(cluster)?;
    }
    suite.done_with(NAMESPACE)
}

/// The operator writes the Deployment again and again, and leaves the number of pods to the autoscaler.
fn holds_still(suite: &Suite, name: &str) -> Result<()> {
    const LABEL: &str = "app.kubernetes.io/managed-by";
    let cluster = &suite.cluster;
    let object = format!("deployment/{}", install::DATA_PLANE);
    for turn in 1..=TURNS {
        let label = format!("{LABEL}=somebody-{turn}");
        cluster.kubectl(&["label", "--overwrite", "--namespace", install::NAMESPACE, &object, &label])?;
        until_true("the operator to take its label back", PATIENCE, || {
            let deployment = cluster.json(&["get", "--namespace", install::NAMESPACE, &object])?;
            let label = &deployment["metadata"]["labels"][LABEL];
            Ok((label == "imgplane-operator", label.to_string()))
        })?;
        let scale = Scale::look(cluster)?;
        ensure!(
            scale.replicas == MOST && scale.desired == MOST,
            "after {turn} turns of the operator there should be {MOST} pods: {scale:?}"
        );
        ensure!(!scale.operator_holds, "the operator holds the number of pods beside the autoscaler");
    }
    suite.note(name, "turns of the operator under the autoscaler", TURNS.into(), "", None);
    until_told(suite, name)
}

/// Waits until the DataPlane says that it is ready, with all its pods, which run the newest config.
fn until_told(suite: &Suite, name: &str) -> Result<()> {
    let wanted = format!("{MOST}/{MOST}");
    let seconds = until_true(&format!("a ready DataPlane with {wanted} pods"), TOLD, || {
        let pods = suite.cluster.field(install::NAMESPACE, "dataplane/default", "/status/pods")?;
        let ready = suite.cluster.condition(install::NAMESPACE, "dataplane/default", "Ready")?;
        Ok((pods == wanted && ready.status == "True", format!("{pods}, {ready:?}")))
    })?;
    suite.seconds(name, &format!("until the status says {wanted}"), seconds, None);
    Ok(())
}

/// The number of pods, and what decides on it.
#[derive(Debug)]
struct Scale {
    /// What the Deployment has.
    replicas: u64,
    /// Whether the operator is one of those who set it.
    operator_holds: bool,
    /// What the autoscaler wants.
    desired: u64,
    /// The CPU use that it read, in percent of what is requested.
    utilization: Option<u64>,
}

impl Scale {
    fn look(cluster: &Cluster) -> Result<Self> {
        let (deployment, autoscaler) =
            (format!("deployment/{}", install::DATA_PLANE), format!("hpa/{}", install::DATA_PLANE));
        let flags = ["--namespace", install::NAMESPACE, "--show-managed-fields"];
        let list = cluster.json(&[&["get", &deployment, &autoscaler][..], &flags].concat())?;
        let (deployment, status) = (&list["items"][0], &list["items"][1]["status"]);
        let managers = deployment["metadata"]["managedFields"].as_array().map(Vec::as_slice);
        let holds = |entry: &Value| {
            entry["manager"] == "imgplane-workload" && !entry["fieldsV1"]["f:spec"]["f:replicas"].is_null()
        };
        Ok(Self {
            replicas: deployment["spec"]["replicas"].as_u64().context("a Deployment has replicas")?,
            operator_holds: managers.unwrap_or_default().iter().any(holds),
            desired: status["desiredReplicas"].as_u64().unwrap_or_default(),
            utilization: status
                .pointer("/currentMetrics/0/containerResource/current/averageUtilization")
                .and_then(Value::as_u64),
        })
    }
}

fn patch(cluster: &Cluster, spec: &Value) -> Result<()> {
    cluster.merge(install::NAMESPACE, "dataplane/default", &json!({ "spec": spec }).to_string())
}

fn url(transformation: &str) -> String {
    install::url(&format!("{NAMESPACE}/tr:{transformation}/cat.jpg"))
}
