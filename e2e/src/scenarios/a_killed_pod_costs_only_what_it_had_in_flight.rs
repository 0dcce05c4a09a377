//! SIGKILL of one server of two under load. What fails is what it had in flight, and what is still sent to it until
//! the cluster has taken it out of the Service; nothing fails after that, and the server comes back.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::{
    cluster::PATIENCE,
    install,
    suite::{AROUND, Suite},
    wait::until_true,
};

const NAMESPACE: &str = "e2e-killed-pod";
/// Longest span from the first failure to the last. The kubelet notices a dead container within a second or two and
/// the proxy a moment later; a busy machine takes longer.
const SPAN: f64 = 15.0;

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    suite.with_endpoint(NAMESPACE)?;
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    let victim = pods.first().context("there is a pod")?;
    let load = suite.load(&install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg")), 40, &[])?;
    std::thread::sleep(AROUND);
    let begun = Instant::now();
    victim.kill(&suite.cluster)?;
    until_true("the killed server to be back", PATIENCE, || {
        let pods = suite.pods()?;
        let back = pods.iter().any(|pod| pod.name == victim.name && pod.restarts > victim.restarts);
        Ok((back, format!("{pods:?}")))
    })?;
    suite.seconds(name, "killed to ready again", begun.elapsed().as_secs_f64(), None);
    let outcome = load.finish()?;
    suite.note(name, "requests", outcome.requests as f64, "", None);
    suite.note(name, "failed requests", outcome.failed as f64, "", None);
    suite.seconds(name, "first failure to last", outcome.span(), None);
    suite.note(name, "p99 of the others", outcome.p99_ms, "ms", None);
    ensure!(outcome.span() < SPAN, "requests failed for {:.1} s: {:?}", outcome.span(), outcome.failures);
    let wrong: Vec<_> =
        outcome.failures.iter().filter(|failure| failure.kind.starts_with("status")).collect();
    ensure!(wrong.is_empty(), "the server that lives answered with errors: {wrong:?}");
    suite.done_with(NAMESPACE)
}
