//! Many requests at once for the largest pictures that are legal, to a server with little memory: is every one answered,
//! and is the server still there?
//!
//! The server runs in a control group as in a pod with a limit of 512 MB, and takes its budget from that. First each file
//! is asked for alone. What is refused then, because alone it needs more than the whole budget, may be refused in the crowd;
//! everything else must be delivered, or refused with 503 and a time to come again.

mod cgroup;
mod files;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use imgplane_config::{DataPlaneConfig, EndpointLimits, PodLimits};
use imgplane_tests::process::{Process, free_address, program};

use self::{cgroup::Cgroup, files::FILES};
use crate::{
    peer::{account, write_records},
    proc,
};

/// What the pod may take.
const MEMORY: u64 = 512_000_000;
/// Requests at the same time.
const CROWD: usize = 200;
/// Transformations at once: as many as this machine has cores, and as many as large ones have, where memory decides.
const WORKERS: [u32; 2] = [0, 16];
/// Widths of each kind of result.
const STEPS: usize = 8;
/// How long a request may wait in line: long enough that many are served.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_mins(10);
/// How long the server may take to serve anything.
const START: Duration = Duration::from_secs(30);

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Delivered,
    /// 503 that says when to come again.
    Busy,
    /// 400 with `ELIMIT`.
    TooLarge,
}

/// Runs so many crowds one after another, because what an allocator keeps of one shows in the next, and prints what was
/// answered.
///
/// # Errors
/// An answer that may not be, a server that ends, or one that the kernel kills.
pub(crate) fn run(rounds: usize) -> Result<()> {
    println!("{}", proc::machine());
    let folder = tempfile::tempdir()?;
    let volume = folder.path().join("volumes/bench");
    std::fs::create_dir_all(&volume)?;
    for file in FILES {
        file.write(&volume).with_context(|| file.name)?;
    }
    for workers in WORKERS {
        of(workers, rounds, folder.path())?;
    }
    Ok(())
}

fn of(workers: u32, rounds: usize, folder: &Path) -> Result<()> {
    let group = Cgroup::new(MEMORY)?;
    let (mut server, address) = start(&group, workers, folder)?;
    until_served(address)?;
    // The widest of each kind: no other one needs more.
    let alone = |index: usize| -> Result<[Answer; 2]> {
        let widest = 5 * (STEPS - 1);
        Ok([ask(address, &path(index, widest))?, ask(address, &path(index, widest + 4))?])
    };
    let alone: Vec<[Answer; 2]> = (0..FILES.len()).map(alone).collect::<Result<_>>()?;
    ensure!(
        !alone.as_flattened().contains(&Answer::Busy),
        "a request alone was refused as one too many: {alone:?}"
    );
    let mut counts: BTreeMap<(usize, Answer), usize> = BTreeMap::new();
    let began = Instant::now();
    for round in 1..=rounds {
        for (index, number, answer) in crowd(address, round)? {
            let expected = &alone[index][usize::from(is_large(number))];
            let file = FILES[index].name;
            ensure!(
                answer == Answer::Busy || answer == *expected,
                "{file} was {answer:?} in the crowd, and {expected:?} alone"
            );
            *counts.entry((index, answer)).or_default() += 1;
        }
        ensure!(server.is_alive(), "the server has ended: {}", server.output());
        ensure!(group.kills()? == 0, "the kernel has killed for lack of memory");
    }
    ensure!(ask(address, &path(FILES.len() - 1, 9_990))? == Answer::Delivered, "the server serves no more");
    let cores = if workers == 0 { "one worker per core".to_owned() } else { format!("{workers} workers") };
    println!(
        "\n{cores}: {} requests in crowds of {CROWD}, {:.0} s; the process held at most {:.0} MiB, the group {} of {} MiB \
         with the files that the kernel keeps; nothing was killed.\n",
        CROWD * rounds,
        began.elapsed().as_secs_f64(),
        proc::peak_mib(server.id()),
        group.peak_mib()?,
        MEMORY >> 20,
    );
    println!(
        "| file | alone: 400 px wide, 2,500 | delivered | 503 | ELIMIT |\n| --- | --- | --- | --- | --- |"
    );
    for (index, file) in FILES.iter().enumerate() {
        let count = |answer| counts.get(&(index, answer)).copied().unwrap_or_default();
        let verdict = alone[index].each_ref().map(|answer| match answer {
            Answer::Delivered => "delivered",
            Answer::Busy | Answer::TooLarge => "ELIMIT",
        });
        println!(
            "| {} | {}, {} | {} | {} | {} |",
            file.name,
            verdict[0],
            verdict[1],
            count(Answer::Delivered),
            count(Answer::Busy),
            count(Answer::TooLarge)
        );
    }
    server.stop();
    Ok(())
}

/// All at once; each is a result of its own, so that no two share their making.
fn crowd(address: SocketAddr, round: usize) -> Result<Vec<(usize, usize, Answer)>> {
    let requests: Vec<_> = (0..CROWD)
        .map(|number| {
            // Shifted, so that each file is asked for in both sizes.
            let (index, number) = ((number + number / FILES.len()) % FILES.len(), round * CROWD + number);
            let path = path(index, number);
            (index, number, thread::spawn(move || ask(address, &path)))
        })
        .collect();
    requests
        .into_iter()
        .map(|(index, number, request)| match request.join() {
            Ok(answer) => Ok((index, number, answer.with_context(|| FILES[index].name)?)),
            Err(_) => bail!("a client panicked"),
        })
        .collect()
}

/// Whether a request of a crowd is for a large result: every fifth is.
fn is_large(number: usize) -> bool {
    number % 5 == 4
}

/// Another result for every number below 10,000, by its width and its quality.
fn path(index: usize, number: usize) -> String {
    let least = if is_large(number) { 2_500 } else { 400 };
    let (width, quality) = (least + number / 5 % STEPS, 1 + number / 5 / STEPS % 100);
    format!("/default/tr:w-{width},q-{quality},f-webp/{}", FILES[index].name)
}

fn ask(address: SocketAddr, path: &str) -> Result<Answer> {
    let request = ureq::get(format!("http://{address}{path}"));
    let request = request.config().http_status_as_error(false).timeout_global(Some(ANSWER)).build();
    let mut answer = request.call().with_context(|| format!("{path} was not answered"))?;
    let status = answer.status().as_u16();
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (reason, retry) = (header("ik-error"), header("retry-after"));
    let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec()?;
    match (status, reason.as_deref()) {
        (200, None) if body.starts_with(b"RIFF") => Ok(Answer::Delivered),
        (503, None) if retry.is_some() => Ok(Answer::Busy),
        (400, Some(reason)) if reason.contains("ELIMIT") => Ok(Answer::TooLarge),
        _ => bail!("{path} was answered {status} with {reason:?}"),
    }
}

fn until_served(address: SocketAddr) -> Result<()> {
    let deadline = Instant::now() + START;
    let path = path(FILES.len() - 1, 9_985);
    while !matches!(ask(address, &path), Ok(Answer::Delivered)) {
        ensure!(Instant::now() < deadline, "{address} serves nothing");
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn start(group: &Cgroup, workers: u32, folder: &Path) -> Result<(Process, SocketAddr)> {
    let address = free_address();
    let config = folder.join(format!("config-{workers}"));
    let limits = PodLimits { max_concurrency: workers, queue_timeout: QUEUE_TIMEOUT, ..PodLimits::default() };
    let data_plane = DataPlaneConfig { limits, ..DataPlaneConfig::default() };
    // As many workers on fewer cores take longer for each.
    let endpoint = EndpointLimits {
        max_concurrency: workers,
        transformation_timeout: ANSWER,
        ..EndpointLimits::default()
    };
    write_records(&config, data_plane, &endpoint, &account())?;
    let mut command = group.command(&program("imgplane-dataplane"));
    command.arg("--config-dir").arg(config).arg("--volumes-dir").arg(folder.join("volumes"));
    command.args(["--listen", &address.to_string(), "--admin-listen", &free_address().to_string()]);
    command.env("RUST_LOG", "error");
    Ok((Process::start("imgplane", command, folder.join("imgplane.log"), address), address))
}
