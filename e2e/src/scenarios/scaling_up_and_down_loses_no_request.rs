//! One pod, three, one, under a steady load.

use std::time::Instant;

use anyhow::Result;

use crate::{
    install,
    suite::{AROUND, Suite},
};

const NAMESPACE: &str = "e2e-scaling";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    suite.with_endpoint(NAMESPACE)?;
    install::scale(&suite.cluster, 1)?;
    suite.until_pods(1)?;
    let load = suite.load(&install::url(&format!("{NAMESPACE}/tr:w-100/cat.jpg")), 60, &[])?;
    for count in [3, 1] {
        let begun = Instant::now();
        install::scale(&suite.cluster, count)?;
        suite.until_pods(count)?;
        suite.seconds(name, &format!("scaled to {count}"), begun.elapsed().as_secs_f64(), None);
        std::thread::sleep(AROUND);
    }
    suite.lossless(name, &load.finish()?)?;
    install::scale(&suite.cluster, install::REPLICAS as usize)?;
    suite.until_pods(install::REPLICAS as usize)?;
    suite.done_with(NAMESPACE)
}
