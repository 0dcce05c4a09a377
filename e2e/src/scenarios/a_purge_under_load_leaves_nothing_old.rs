//! A file is replaced and purged twenty times while three pods are asked for it all the time. No request that begins after
//! a purge was completed gets a version of before, from no pod, and none fails.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::{cluster::PATIENCE, install, manifests, pod::churn::Outcome, store, suite::Suite};

const NAMESPACE: &str = "e2e-churn";
const KEY: &str = "private_TheKeyOfTheChurn=";
const PODS: usize = 3;
const ROUNDS: usize = 20;
const KEEP: &str = r#"{"spec": {"cache": {"memory": "64Mi"}}}"#;
const KEEP_NOTHING: &str = r#"{"spec": {"cache": {"memory": 0}}}"#;

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    suite.with_store()?;
    store::make_user(cluster, "churn", "the-secret-of-the-churn")?;
    cluster.fresh_namespace(NAMESPACE)?;
    let endpoint = manifests::endpoint("main", "", &["bucket"])
        + "  security: {signingKeys: [{secretRef: {name: url-keys, key: privateKey}}]}\n";
    let objects = manifests::secret("bucket", "churn", "the-secret-of-the-churn")
        + &manifests::s3_origin("bucket", store::ENDPOINT, store::BUCKET, "bucket")
        + &manifests::signing_keys("url-keys", &[("privateKey", KEY)])
        + &endpoint;
    cluster.apply(NAMESPACE, &objects)?;
    cluster.wait_for(NAMESPACE, "urlendpoint/main", "Ready")?;
    cluster.merge(install::NAMESPACE, "dataplane/default", KEEP)?;
    install::scale(cluster, PODS)?;
    let pods = suite.until_pods(PODS)?;
    cluster.wait_for(install::NAMESPACE, "dataplane/default", "Programmed")?;

    let path = format!("{NAMESPACE}/tr:q-70/churn.png");
    let purged = install::url(&path);
    let file = format!("{}/{}/churn.png", store::DATA, store::BUCKET);
    let server = install::url("");
    let rounds = ROUNDS.to_string();
    // Each pod by itself, and all of them by their Service.
    let urls: Vec<String> = pods
        .iter()
        .map(|pod| pod.url(&path))
        .chain([purged.clone()])
        .flat_map(|url| ["--url".into(), url])
        .collect();
    let mut arguments = vec!["churn", "--file", &file, "--purge", &purged, "--server", &server];
    arguments.extend(["--key", KEY, "--rounds", &rounds]);
    arguments.extend(urls.iter().map(String::as_str));
    let begun = Instant::now();
    let text = store::beside(cluster, &arguments, PATIENCE + Duration::from_mins(5))?;
    let outcome: Outcome =
        serde_json::from_str(text.trim()).with_context(|| format!("it printed {text:?}"))?;
    noted(suite, name, &outcome, begun.elapsed());
    ensure!(outcome.old == 0 && outcome.failed == 0, "{outcome:?}");
    ensure!(outcome.seconds.len() == ROUNDS, "{outcome:?}");
    ensure!(outcome.hits * 2 > outcome.requests, "most requests are answered from what is kept: {outcome:?}");

    cluster.merge(install::NAMESPACE, "dataplane/default", KEEP_NOTHING)?;
    install::scale(cluster, install::REPLICAS as usize)?;
    suite.until_pods(install::REPLICAS as usize)?;
    store::delete_user(cluster, "churn")?;
    suite.done_with(NAMESPACE)
}

fn noted(suite: &Suite, name: &str, outcome: &Outcome, took: Duration) {
    suite.note(name, "requests", outcome.requests as f64, "", None);
    suite.note(name, "failed requests", outcome.failed as f64, "", Some(0.0));
    suite.note(name, "old after Completed", outcome.old as f64, "", Some(0.0));
    suite.note(name, "answered from what is kept", outcome.hits as f64, "", None);
    suite.note(name, "median", outcome.p50_ms, "ms", None);
    suite.note(name, "p99", outcome.p99_ms, "ms", None);
    let mut seconds = outcome.seconds.clone();
    seconds.sort_by(f64::total_cmp);
    suite.seconds(
        name,
        "a purge to completed, median",
        seconds.get(seconds.len() / 2).copied().unwrap_or_default(),
        None,
    );
    suite.seconds(
        name,
        "a purge to completed, worst",
        seconds.last().copied().unwrap_or_default(),
        Some(10.0),
    );
    suite.seconds(name, &format!("{ROUNDS} purges"), took.as_secs_f64(), Some(60.0));
}
