//! A long time of changes under a steady load: no request fails, every change arrives, nothing restarts, and memory stays
//! where it was.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{
    install, manifests, memory, store,
    suite::{Pod, Suite},
};

const NAMESPACE: &str = "e2e-soak";
/// Length of one load. One follows the other, so that a failure is known soon after it happened.
const PART: Duration = Duration::from_mins(2);
/// Between two rounds of changes.
const PAUSE: Duration = Duration::from_secs(2);
/// In each so many rounds something is broken, and mended in the next.
const BROKEN: usize = 5;

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_store()?;
    suite.with_endpoint(NAMESPACE)?;
    for number in 0..2 {
        store::make_user(cluster, &format!("soak-{number}"), &secret(number))?;
    }
    let objects = manifests::secret("bucket", "soak-0", &secret(0))
        + &manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket")
        + &manifests::endpoint("bucket", "bucket", &["bucket"]);
    cluster.apply(NAMESPACE, &objects)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/bucket", "Ready")?;
    let before = everybody(suite)?;

    let begun = Instant::now();
    let mut round = 0;
    let mut programmed = Vec::new();
    let (mut requests, mut worst) = (0, 0.0_f64);
    let mut used = Vec::new();
    while begun.elapsed() < suite.soak {
        let part = Instant::now();
        let url = install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg"));
        let load = suite.load(&url, PART.as_secs(), &[])?;
        while part.elapsed() + PAUSE * 5 < PART {
            programmed.push(change(suite, round)?);
            round += 1;
            thread::sleep(PAUSE);
        }
        let outcome = load.finish()?;
        ensure!(
            outcome.failed == 0,
            "{} of {} failed: {:?}",
            outcome.failed,
            outcome.requests,
            outcome.failures
        );
        requests += outcome.requests;
        worst = worst.max(outcome.p99_ms);
        used.push(memory::working_sets(cluster)?);
    }

    programmed.sort_by(f64::total_cmp);
    let share = |share: f64| {
        let index = (programmed.len().saturating_sub(1) as f64 * share).round() as usize;
        programmed.get(index).copied().unwrap_or_default()
    };
    suite.note(name, "requests", requests as f64, "", None);
    suite.note(name, "failed requests", 0.0, "", Some(0.0));
    suite.note(name, "p99 of the worst two minutes", worst, "ms", None);
    suite.note(name, "changes", programmed.len() as f64, "", None);
    for (what, part) in [("median", 0.5), ("p95", 0.95), ("worst", 1.0)] {
        suite.seconds(name, &format!("apply to Programmed, {what}"), share(part), None);
    }

    let after = everybody(suite)?;
    ensure!(before == after, "pods were replaced or restarted: {before:?}, and now {after:?}");
    let quarter = used.get(used.len() / 4).cloned().unwrap_or_default();
    let last = used.last().cloned().unwrap_or_default();
    for pod in before.keys() {
        let (Some(early), Some(late)) = (quarter.get(pod), last.get(pod)) else {
            anyhow::bail!("the kubelet does not say how much memory {pod} uses: {last:?}");
        };
        suite.note(name, &format!("memory of {pod}, first quarter"), *early, "MiB", None);
        suite.note(name, &format!("memory of {pod}, end"), *late, "MiB", Some(memory::most(*early)));
        ensure!(*late <= memory::most(*early), "{pod} grew from {early:.0} to {late:.0} MiB");
    }
    for number in 0..2 {
        store::delete_user(cluster, &format!("soak-{number}"))?;
    }
    suite.done_with(NAMESPACE)
}

fn secret(number: usize) -> String {
    format!("the-secret-of-{number}")
}

/// One round: the key of the bucket, the settings of an endpoint, now and then a mistake and its mending. Seconds until the
/// endpoint was programmed.
fn change(suite: &Suite, round: usize) -> Result<f64> {
    let cluster = &suite.cluster;
    let key = round % 2;
    cluster.apply(NAMESPACE, &manifests::secret("bucket", &format!("soak-{key}"), &secret(key)))?;
    match round % BROKEN {
        0 => {
            cluster.merge(NAMESPACE, "origin/bucket", r#"{"spec":{"s3Compatible":{"bucket":"nobodys"}}}"#)?;
            cluster.until_condition(NAMESPACE, "origin/bucket", "Reachable", ("False", ""))?;
            cluster.merge(NAMESPACE, "urlendpoint/bucket", r#"{"spec":{"caching":{"ttl":"99999d"}}}"#)?;
            cluster.until_condition(NAMESPACE, "urlendpoint/bucket", "Accepted", ("False", "Invalid"))?;
        }
        1 => {
            let bucket = format!(r#"{{"spec":{{"s3Compatible":{{"bucket":"{}"}}}}}}"#, store::BUCKET);
            cluster.merge(NAMESPACE, "origin/bucket", &bucket)?;
            cluster.merge(NAMESPACE, "urlendpoint/bucket", r#"{"spec":{"caching":null}}"#)?;
            cluster.until_condition(NAMESPACE, "origin/bucket", "Ready", ("True", ""))?;
            cluster.wait_for(NAMESPACE, "urlendpoint/bucket", "Ready")?;
            suite.picture(&install::url(&format!("{NAMESPACE}/bucket/tr:w-90/cat.jpg")), 90)?;
        }
        _ => {}
    }
    let quality = 20 + round % 70;
    let begun = Instant::now();
    cluster.merge(
        NAMESPACE,
        "urlendpoint/main",
        &format!(r#"{{"spec":{{"optimization":{{"quality":{{"default":{quality}}}}}}}}}"#),
    )?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Programmed")?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Every pod of the operator and the data plane, with how often it was restarted.
fn everybody(suite: &Suite) -> Result<BTreeMap<String, u64>> {
    let pods = suite.operators()?.into_iter().chain(suite.pods()?);
    Ok(pods.map(|Pod { name, restarts, .. }| (name, restarts)).collect())
}
