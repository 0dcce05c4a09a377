//! One burst of load that ends when the last answer is there. A load generator that cuts its connections leaves work
//! behind that was paid for and is not counted, which is much where one request takes a second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use imgplane_tests::answer::{client, send};
use tokio::task::JoinSet;

use crate::{
    load::{Burst, Target},
    proc,
};

/// Asks for `paths` in turn over so many connections: each asks again when it was answered, for some seconds.
pub(crate) async fn drained(
    server: Target<'_>,
    paths: &Arc<[String]>,
    connections: u32,
    time: Duration,
) -> Result<Burst> {
    let client = client();
    let next = Arc::new(AtomicUsize::new(0));
    proc::reset_peak(server.id);
    let before = proc::cpu_milliseconds(server.id);
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (client, next, paths, address) =
            (client.clone(), Arc::clone(&next), Arc::clone(paths), server.address);
        tasks.spawn(async move {
            let (mut times, mut errors) = (Vec::new(), 0_u32);
            while began.elapsed() < time {
                let at = next.fetch_add(1, Ordering::Relaxed) % paths.len();
                let url = format!("http://{address}{}", paths.get(at).map_or("", String::as_str));
                let asked = Instant::now();
                let answer = send(client.get(url).header("accept", "*/*")).await;
                times.push(asked.elapsed().as_secs_f64() * 1000.0);
                errors += u32::from(answer.status != 200 || answer.body.is_empty());
            }
            (times, errors)
        });
    }
    let mut times = Vec::new();
    while let Some(task) = tasks.join_next().await {
        let (some, errors) = task?;
        ensure!(errors == 0, "{} answered {errors} requests with errors", server.name);
        times.extend(some);
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu = proc::cpu_milliseconds(server.id) - before;
    ensure!(!times.is_empty(), "{} was asked nothing in {time:?}", server.name);
    times.sort_by(f64::total_cmp);
    let requests = times.len() as f64;
    let percentile =
        |share: f64| times.get((requests * share) as usize).or(times.last()).copied().unwrap_or(0.0);
    Ok(Burst {
        requests,
        cpu_ms: cpu / requests,
        per_second: requests / seconds,
        p50_ms: percentile(0.5),
        p99_ms: percentile(0.99),
        peak_mib: proc::peak_mib(server.id),
    })
}
