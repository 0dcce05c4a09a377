//! `kubectl apply` of a change to the first request that every pod answers by it, and to Programmed=True.

use std::{thread, time::Instant};

use anyhow::{Result, anyhow};

use crate::{client::get_all_until, install, manifests, suite::Suite};

const NAMESPACE: &str = "e2e-change";
/// Changes whose arrival is seen from outside.
const CHANGES: usize = 5;
/// Changes whose acknowledgement is waited for, with this many pods.
const MANY: usize = 100;
const PODS: usize = 3;

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    let mut served = Vec::new();
    let mut programmed = Vec::new();
    for change in 0..CHANGES {
        let prefix = format!("change-{change}");
        let path = format!("{NAMESPACE}/{prefix}/tr:w-80/cat.jpg");
        let urls: Vec<String> = pods.iter().map(|pod| pod.url(&path)).collect();
        thread::scope(|scope| -> Result<()> {
            // The pods are asked already when the change comes.
            let asking = scope.spawn(|| {
                let answers = get_all_until(cluster, &urls, 200);
                (answers, Instant::now())
            });
            thread::sleep(std::time::Duration::from_millis(500));
            let begun = Instant::now();
            cluster.apply(NAMESPACE, &manifests::endpoint("main", &prefix, &["photos"]))?;
            cluster.wait_for(NAMESPACE, "urlendpoint/main", "Programmed")?;
            programmed.push(begun.elapsed().as_secs_f64());
            let (answers, ended) = asking.join().map_err(|_| anyhow!("the client panicked"))?;
            answers?;
            served.push(ended.saturating_duration_since(begun).as_secs_f64());
            Ok(())
        })?;
    }
    suite.seconds(name, "apply to served by every pod, median", median(&mut served), Some(2.0));
    suite.seconds(name, "apply to served by every pod, worst", largest(&served), None);
    suite.seconds(name, "apply to Programmed, median", median(&mut programmed), Some(2.0));
    suite.seconds(name, "apply to Programmed, worst", largest(&programmed), None);
    many(suite, name)?;
    suite.done_with(NAMESPACE)
}

/// From `kubectl patch` to Programmed=True, again and again.
fn many(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    install::scale(cluster, PODS)?;
    suite.until_pods(PODS)?;
    let mut programmed = Vec::new();
    for change in 0..MANY {
        let quality = 20 + change % 70;
        let patch = format!(r#"{{"spec":{{"optimization":{{"quality":{{"default":{quality}}}}}}}}}"#);
        let begun = Instant::now();
        cluster.merge(NAMESPACE, "urlendpoint/main", &patch)?;
        cluster.wait_for(NAMESPACE, "urlendpoint/main", "Programmed")?;
        programmed.push(begun.elapsed().as_secs_f64());
    }
    let what = format!("apply to Programmed, {MANY} changes, {PODS} pods");
    suite.seconds(name, &format!("{what}, p50"), median(&mut programmed), Some(2.0));
    suite.seconds(
        name,
        &format!("{what}, p95"),
        programmed.get(MANY * 95 / 100).copied().unwrap_or_default(),
        None,
    );
    install::scale(cluster, install::REPLICAS as usize)?;
    suite.until_pods(install::REPLICAS as usize)?;
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}
