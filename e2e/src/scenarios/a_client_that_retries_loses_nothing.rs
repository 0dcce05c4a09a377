//! The same kill, and clients that ask again for ten seconds before they give up.

use anyhow::{Context as _, Result, ensure};

use crate::{
    install,
    suite::{AROUND, Suite},
};

const NAMESPACE: &str = "e2e-retry";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    suite.with_endpoint(NAMESPACE)?;
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    let victim = pods.first().context("there is a pod")?;
    let url = install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg"));
    let load = suite.load(&url, 30, &["--retry", "10", "--timeout", "3"])?;
    std::thread::sleep(AROUND);
    victim.kill(&suite.cluster)?;
    let outcome = load.finish()?;
    suite.lossless(name, &outcome)?;
    suite.note(name, "requests that needed another try", outcome.retried as f64, "", None);
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    ensure!(
        pods.iter().any(|pod| pod.name == victim.name && pod.restarts > victim.restarts),
        "the server was killed: {pods:?}"
    );
    suite.done_with(NAMESPACE)
}
