//! More endpoints than one shard holds: the running pods see the second one as soon as it exists, and shrink again.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::{client::get_all_until, cluster::PATIENCE, install, manifests, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-shards";
/// Endpoints of about 5 KiB that cannot be compressed: more than the 600 KiB of a shard.
const ENDPOINTS: usize = 160;
/// Host names of an endpoint, and the parts of a name, as many and as long as allowed.
const DOMAINS: usize = 32;

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_endpoint(NAMESPACE)?;
    let before = suite.until_pods(install::REPLICAS as usize)?;
    let second = [&format!("configmap/{}-config-01", install::DATA_PLANE), "--namespace", install::NAMESPACE];
    ensure!(!cluster.exists(&second)?, "there is one shard at first");

    let begun = Instant::now();
    let mut random = fastrand::Rng::with_seed(7);
    for part in (0..ENDPOINTS).collect::<Vec<_>>().chunks(40) {
        let text: String = part.iter().map(|number| large_endpoint(&mut random, *number)).collect();
        cluster.apply(NAMESPACE, &text)?;
    }
    suite.seconds(
        name,
        &format!("kubectl apply of {ENDPOINTS} endpoints"),
        begun.elapsed().as_secs_f64(),
        None,
    );
    until_true("the second shard", PATIENCE, || Ok((cluster.exists(&second)?, "one shard".to_owned())))?;
    // A last one, whose record may lie in either.
    let begun = Instant::now();
    cluster.apply(NAMESPACE, &manifests::endpoint("last", "last", &["photos"]))?;
    cluster.wait_for(NAMESPACE, "urlendpoint/last", "Programmed")?;
    suite.seconds(name, "apply to Programmed with two shards", begun.elapsed().as_secs_f64(), Some(2.0));
    for number in [0, ENDPOINTS / 2, ENDPOINTS - 1] {
        let path = format!("{NAMESPACE}/large-{number}/tr:w-80/cat.jpg");
        let urls: Vec<String> = before.iter().map(|pod| pod.url(&path)).collect();
        get_all_until(cluster, &urls, 200)?;
    }
    same_pods(suite, &before)?;

    let arguments =
        ["delete", "urlendpoints", "--namespace", NAMESPACE, "--selector", "e2e=large", "--wait=false"];
    cluster.kubectl(&arguments)?;
    until_true("the second shard to go", PATIENCE, || {
        Ok((!cluster.exists(&second)?, "two shards".to_owned()))
    })?;
    suite.picture(&install::url(&format!("{NAMESPACE}/last/tr:w-80/cat.jpg")), 80)?;
    same_pods(suite, &before)?;
    suite.done_with(NAMESPACE)
}

fn same_pods(suite: &Suite, before: &[crate::suite::Pod]) -> Result<()> {
    let now = suite.pods()?;
    let same =
        before.iter().all(|old| now.iter().any(|pod| pod.name == old.name && pod.restarts == old.restarts));
    ensure!(same, "the pods are the same as before: {before:?} {now:?}");
    Ok(())
}

fn large_endpoint(random: &mut fastrand::Rng, number: usize) -> String {
    let mut text = format!(
        "---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {{name: large-{number}, labels: {{e2e: large}}}}
spec:
  urlPrefix: large-{number}
  origins: [{{name: photos}}]
  customDomains:
"
    );
    for _ in 0..DOMAINS {
        let mut label = |length: usize| -> String {
            (0..length).map(|_| random.alphanumeric().to_ascii_lowercase()).collect()
        };
        text.extend(["    - ".to_owned(), label(63), ".".to_owned(), label(63), ".".to_owned(), label(63)]);
        text.push('\n');
    }
    text
}
