//! One pod serves a healthy, a slow and a failing origin to 50 connections each: the healthy one is as fast as alone,
//! memory stays where it was, and every slot of every origin is free again.

use std::{thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use imgplane_tests::pictures;
use serde_json::Map;

use crate::{
    admin, install, manifests, memory,
    pod::load::Outcome,
    suite::{Pod, Suite},
    wait::until_true,
    web_server,
};

const NAMESPACE: &str = "e2e-isolation";
/// The origins; each is a server of its own, from this port on.
const ORIGINS: [&str; 3] = ["healthy", "slow", "failing"];
/// Length of a load, if the soak is not shorter.
const LONGEST: Duration = Duration::from_mins(3);
/// What the p99 of the healthy origin may grow by.
const AIM: f64 = 1.3;
/// The same where the run fails: machines that run this do other things too.
const TOO_MUCH: f64 = 3.0;
/// The client's flags: 50 connections that are kept.
const LOAD: [&str; 6] = ["--connections", "50", "--fresh", "0", "--timeout", "60"];
/// Requests per second to an origin; a slow one answers fewer.
const RATE: [&str; 2] = ["--rate", "50"];
/// Their servers. Each has all pictures; the slow one takes eight seconds for one.
const SERVERS: &str = "
server { listen 8080; root /files; rewrite ^ /cat.jpg break; }
server { listen 8081; root /files; rewrite ^ /cat.jpg break; limit_rate 5000; }
server { listen 8082; return 500; }
";

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    cluster.fresh_namespace(NAMESPACE)?;
    let files = [("cat.jpg", pictures::demo_photo("cat.jpg"))];
    let web = web_server::manifests(&suite.images, SERVERS, &files, &Map::new());
    cluster.apply(NAMESPACE, &web.to_string())?;
    cluster.rolled_out(NAMESPACE, web_server::NAME)?;
    let objects = ORIGINS.iter().zip(web_server::PORT..).map(|(origin, port)| {
        let url = format!("http://{}.{NAMESPACE}.svc.cluster.local:{port}", web_server::NAME);
        manifests::web_origin(origin, &url) + &manifests::endpoint(origin, origin, &[origin])
    });
    cluster.apply(NAMESPACE, &objects.collect::<String>())?;
    for origin in ORIGINS {
        cluster.wait_for(NAMESPACE, &format!("urlendpoint/{origin}"), "Ready")?;
    }
    let pods = suite.until_pods(install::REPLICAS as usize)?;
    let pod = pods.first().context("there is a pod")?;
    // Another file each time, so that no request shares the fetch of another one.
    let url = |origin: &str| pod.url(&format!("{NAMESPACE}/{origin}/tr:w-120/{{n}}.jpg"));
    let seconds = LONGEST.min(suite.soak).as_secs();
    let load =
        |origin: &str, more: &[&str]| suite.load(&url(origin), seconds, &[&LOAD[..], &RATE, more].concat());

    let alone = load("healthy", &[])?.finish()?;
    told(suite, name, "alone", &alone)?;

    let slow = load("slow", &[])?;
    let failing = load("failing", &["--begin-failing"])?;
    let healthy = load("healthy", &[])?;
    thread::sleep(Duration::from_secs(seconds / 3));
    let early = memory_of(suite, pod)?;
    thread::sleep(Duration::from_secs(seconds / 2));
    let late = memory_of(suite, pod)?;
    let (healthy, slow, failing) = (healthy.finish()?, slow.finish()?, failing.finish()?);
    told(suite, name, "beside a slow and a failing origin", &healthy)?;
    suite.note(name, "slow: requests", slow.requests as f64, "", None);
    suite.note(name, "slow: median", slow.p50_ms, "ms", None);
    suite.note(name, "failing: requests that failed", failing.failed as f64, "", None);
    ensure!(slow.requests > slow.failed, "the slow origin gave nothing: {slow:?}");
    ensure!(failing.failed == failing.requests, "the failing origin gave something: {failing:?}");

    let ratio = healthy.p99_ms / alone.p99_ms;
    suite.note(name, "p99 to that alone", ratio, "", Some(AIM));
    ensure!(ratio < TOO_MUCH, "p99 grew from {} to {} ms", alone.p99_ms, healthy.p99_ms);
    let most = memory::most(early);
    suite.note(name, "memory after a third", early, "MiB", None);
    suite.note(name, "memory near the end", late, "MiB", Some(most));
    ensure!(late <= most, "memory grew from {early:.0} to {late:.0} MiB");

    let token = admin::token(cluster)?;
    until_true("every slot to be free again", Duration::from_secs(90), || {
        let metrics = admin::get(suite, pod, "metrics", &token)?.text.unwrap_or_default();
        let taken = metrics.lines().filter(|line| line.starts_with("imgplane_origin_requests_in_flight{"));
        let taken: Vec<&str> = taken.collect();
        Ok((metrics.contains("imgplane_origin_queue_seconds_count") && taken.is_empty(), taken.join("\n")))
    })?;
    suite.picture(&pod.url(&format!("{NAMESPACE}/slow/tr:w-120/again.jpg")), 120)?;
    suite.done_with(NAMESPACE)
}

fn told(suite: &Suite, name: &str, how: &str, outcome: &Outcome) -> Result<()> {
    suite.note(name, &format!("requests {how}"), outcome.requests as f64, "", None);
    suite.note(name, &format!("failed {how}"), outcome.failed as f64, "", Some(0.0));
    suite.note(name, &format!("median {how}"), outcome.p50_ms, "ms", None);
    suite.note(name, &format!("p99 {how}"), outcome.p99_ms, "ms", None);
    suite.note(name, &format!("slowest {how}"), outcome.slowest_ms, "ms", None);
    ensure!(
        outcome.failed == 0,
        "{how} {} of {} requests failed: {:?}",
        outcome.failed,
        outcome.requests,
        outcome.failures
    );
    Ok(())
}

fn memory_of(suite: &Suite, pod: &Pod) -> Result<f64> {
    let all = memory::working_sets(&suite.cluster)?;
    all.get(&pod.name)
        .copied()
        .with_context(|| format!("the kubelet does not say how much {} uses", pod.name))
}
