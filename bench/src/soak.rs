//! A long run of mixed jobs on one server with a cache in memory and on disk: does its memory stay as it is?
//!
//! The first third of the time fills caches and is not judged. Of the rest, the mean of the later half may be at most 5 %
//! above that of the earlier half. Every answer is checked: its status, and that the same URL always gives the same bytes.

mod job;

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use imgplane_config::Cache;
use imgplane_tests::process::{Process, free_address, program};

use self::job::Job;
use crate::{
    peer::{account, write_config},
    proc,
};

/// Clients, each with a connection of its own.
const CLIENTS: u64 = 4;
/// Memory and disk of the cache: so little that both are full long before the end.
const CACHE: Cache = Cache { memory: 64 << 20, disk: Some(512 << 20) };
/// Pause between two looks at the memory.
const LOOK: Duration = Duration::from_secs(5);
/// How much more memory may be taken at the end, in percent.
const GROWTH: f64 = 5.0;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_mins(1);

/// How long, and how hard.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) minutes: u64,
    /// Requests a second, of all clients together.
    pub(crate) rate: u64,
}

/// What the clients share.
#[derive(Default)]
struct Tally {
    over: AtomicBool,
    requests: AtomicU64,
    bytes: AtomicU64,
    /// Hash of the body, by job.
    bodies: Mutex<HashMap<String, u64>>,
}

impl Plan {
    /// Runs it and prints what the memory did.
    ///
    /// # Errors
    /// An answer that is wrong, a server that ends, or memory that grows.
    pub(crate) fn run(&self) -> Result<()> {
        println!("{}", proc::machine());
        let folder = tempfile::tempdir()?;
        let (server, address) = start(folder.path())?;
        let tally = Tally::default();
        let samples = std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CLIENTS).map(|_| scope.spawn(|| self.client(address, &tally))).collect();
            let samples = self.watch(server.id(), &tally, || {
                clients.iter().any(std::thread::ScopedJoinHandle::is_finished)
            });
            tally.over.store(true, Ordering::Relaxed);
            for client in clients {
                client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
            }
            Ok::<_, anyhow::Error>(samples)
        })?;
        self.judge(&samples, &tally)
    }

    /// Looks at the memory until the time is over, or a client has given up.
    fn watch(&self, server: u32, tally: &Tally, gave_up: impl Fn() -> bool) -> Vec<f64> {
        let end = Instant::now() + Duration::from_mins(self.minutes);
        let mut samples = Vec::new();
        println!("| minute | requests | MiB sent | resident MiB |\n| --- | --- | --- | --- |");
        let every = (60 * self.minutes / LOOK.as_secs()).div_ceil(15).max(1) as usize;
        while Instant::now() < end && !gave_up() {
            std::thread::sleep(LOOK);
            samples.push(proc::resident_mib(server));
            if samples.len().is_multiple_of(every) {
                let minute = samples.len() as f64 * LOOK.as_secs_f64() / 60.0;
                let (requests, bytes) =
                    (tally.requests.load(Ordering::Relaxed), tally.bytes.load(Ordering::Relaxed));
                let now = samples.last().copied().unwrap_or_default();
                println!("| {minute:.0} | {requests} | {} | {now:.1} |", bytes >> 20);
            }
        }
        samples
    }

    fn judge(&self, samples: &[f64], tally: &Tally) -> Result<()> {
        let warm = samples.len() / 3;
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
        let (earlier, later) = samples.get(warm..).unwrap_or_default().split_at((samples.len() - warm) / 2);
        let growth = (mean(later) / mean(earlier) - 1.0) * 100.0;
        println!(
            "\n{} requests in {} min; mean resident MiB of the second third {:.1}, of the last {:.1}: {growth:+.1} %.",
            tally.requests.load(Ordering::Relaxed),
            self.minutes,
            mean(earlier),
            mean(later),
        );
        ensure!(growth <= GROWTH, "memory grew by more than {GROWTH} %");
        Ok(())
    }

    fn client(&self, address: SocketAddr, tally: &Tally) -> Result<()> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER))
            .build()
            .into();
        let pace = Duration::from_secs_f64(CLIENTS as f64 / self.rate.max(1) as f64);
        let mut next = Instant::now();
        while !tally.over.load(Ordering::Relaxed) {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            // Who was late does not make up for it: the pace is a bound.
            next = next.max(Instant::now()) + pace;
            tally.check(&agent, address, &Job::any())?;
        }
        Ok(())
    }
}

impl Tally {
    fn check(&self, agent: &ureq::Agent, address: SocketAddr, job: &Job) -> Result<()> {
        let url = format!("http://{address}/default/{}", job.path);
        let mut request = http_request(agent, job, &url);
        for (name, value) in &job.headers {
            request = request.header(*name, value);
        }
        let mut answer = request.call().with_context(|| format!("{job:?}"))?;
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        ensure!(answer.status().as_u16() == job.status, "{job:?} was answered {}", answer.status());
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        if let Some(name) = &job.repeats {
            let mut hasher = DefaultHasher::new();
            body.hash(&mut hasher);
            let hash = hasher.finish();
            let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
            let known = *bodies.entry(name.clone()).or_insert(hash);
            ensure!(known == hash, "{job:?} was answered with other bytes than before");
        }
        Ok(())
    }
}

fn http_request(
    agent: &ureq::Agent,
    job: &Job,
    url: &str,
) -> ureq::RequestBuilder<ureq::typestate::WithoutBody> {
    if job.head { agent.head(url) } else { agent.get(url) }
}

fn start(folder: &Path) -> Result<(Process, SocketAddr)> {
    let address = free_address();
    let config = folder.join("config");
    write_config(&config, CACHE, &account())?;
    let volume = folder.join("volumes/bench");
    std::fs::create_dir_all(&volume)?;
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo/volumes/photos");
    for photo in std::fs::read_dir(photos)? {
        let photo = photo?;
        std::fs::copy(photo.path(), volume.join(photo.file_name()))?;
    }
    let mut command = Command::new(program("imgplane-dataplane"));
    command.arg("--config-dir").arg(config).arg("--volumes-dir").arg(folder.join("volumes"));
    command.arg("--cache-dir").arg(folder.join("cache"));
    command.args(["--listen", &address.to_string(), "--admin-listen", &free_address().to_string()]);
    command.env("RUST_LOG", "error");
    Ok((Process::start("imgplane", command, folder.join("imgplane.log"), address), address))
}
