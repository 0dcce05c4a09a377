//! A file that is replaced and purged again and again under a steady load, and whether anybody gets bytes of before once
//! a purge is completed.
//!
//! All of it in one process, because only one clock can tell what came after what. The width of the picture is its version.

use std::{
    fs,
    path::Path,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{block_on, chain, load::percentile, prepare, print};
use crate::args::ChurnOptions;

/// Width of the first version; each one is a pixel wider than the one before.
const WIDTH: u32 = 200;
/// Height of all.
const HEIGHT: u32 = 120;
/// Between two questions whether a purge is completed.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest time for one purge.
const PATIENCE: Duration = Duration::from_mins(1);
/// Mishaps that are told one by one; further ones are counted.
const TOLD: usize = 20;

/// How it went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// Requests of the load.
    pub(crate) requests: u64,
    /// Those that got no picture.
    pub(crate) failed: u64,
    /// Those that began after a purge was completed and got a version of before it.
    pub(crate) old: u64,
    /// Those that were answered from what was kept.
    pub(crate) hits: u64,
    /// What went wrong, at most [`TOLD`] of each.
    pub(crate) told: Vec<String>,
    /// Seconds from each purge that was asked for until it was completed.
    pub(crate) seconds: Vec<f64>,
    /// Milliseconds of requests of the load.
    pub(crate) p50_ms: f64,
    /// Milliseconds of requests of the load.
    pub(crate) p99_ms: f64,
}

#[derive(Debug, Default)]
struct Tally {
    outcome: Outcome,
    milliseconds: Vec<f64>,
}

/// What the clients and the one who purges share.
#[derive(Debug, Default)]
struct Shared {
    tally: Mutex<Tally>,
    /// Version that is there now.
    written: AtomicU32,
    /// Version that was there when the last completed purge was asked for.
    completed: AtomicU32,
    end: AtomicBool,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs it and prints the outcome.
pub(crate) fn churn(options: &ChurnOptions) -> anyhow::Result<ExitCode> {
    prepare();
    print(&block_on(run(options))?)?;
    Ok(ExitCode::SUCCESS)
}

async fn run(options: &ChurnOptions) -> anyhow::Result<Outcome> {
    let client =
        Client::builder().timeout(Duration::from_secs(10)).no_proxy().build().context("no client")?;
    let shared = Arc::new(Shared::default());
    write(&options.file, 0)?;
    for url in &options.urls {
        let first = ask(&client, url).await;
        ensure!(first.as_ref().is_ok_and(|picture| picture.version == 0), "{url} at first: {first:?}");
    }
    let period = Duration::from_secs_f64(f64::from(options.connections) / f64::from(options.rate.max(1)));
    let mut running = tokio::task::JoinSet::new();
    for number in 0..options.connections {
        let (client, shared, urls) = (client.clone(), Arc::clone(&shared), options.urls.clone());
        let begin = period.mul_f64(f64::from(number) / f64::from(options.connections));
        running.spawn(async move {
            tokio::time::sleep(begin).await;
            load(&client, &urls, number as usize, period, &shared).await;
        });
    }
    let purged = purges(&client, options, &shared).await;
    shared.end.store(true, Ordering::SeqCst);
    while running.join_next().await.transpose()?.is_some() {}
    let Tally { mut outcome, mut milliseconds } = std::mem::take(&mut *shared.lock());
    outcome.seconds = purged?;
    milliseconds.sort_by(f64::total_cmp);
    outcome.p50_ms = percentile(&milliseconds, 0.50);
    outcome.p99_ms = percentile(&milliseconds, 0.99);
    Ok(outcome)
}

/// Replaces the file as a whole: whoever reads it gets one version or the other.
fn write(file: &Path, version: u32) -> anyhow::Result<()> {
    let shade = u8::try_from(version % 200).unwrap_or_default();
    let picture = image::RgbImage::from_pixel(WIDTH + version, HEIGHT, image::Rgb([shade, 90, 200 - shade]));
    // Beside the folder of the bucket, so that no half of it is ever listed.
    let folder = file.parent().and_then(Path::parent).context("the file has no folder")?;
    let new = folder.join("new.png");
    picture.save_with_format(&new, image::ImageFormat::Png)?;
    fs::rename(&new, file).with_context(|| format!("{} cannot be replaced", file.display()))
}

/// Seconds that each purge took.
async fn purges(client: &Client, options: &ChurnOptions, shared: &Shared) -> anyhow::Result<Vec<f64>> {
    let mut seconds = Vec::new();
    for version in 1..=options.rounds {
        write(&options.file, version)?;
        shared.written.store(version, Ordering::SeqCst);
        let begun = Instant::now();
        purge(client, options).await.with_context(|| format!("purge {version}"))?;
        // Requests that begin from here on must not get what was there before.
        shared.completed.store(version, Ordering::SeqCst);
        seconds.push(begun.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

/// Asks for a purge and waits until it is completed.
async fn purge(client: &Client, options: &ChurnOptions) -> anyhow::Result<()> {
    let api = format!("{}/v1/files/purge", options.server.trim_end_matches('/'));
    let wish = json!({ "url": options.purge }).to_string();
    let request = client.post(&api).header("content-type", "application/json").body(wish);
    let (status, answer) = json(request.basic_auth(&options.key, Some(""))).await?;
    ensure!(status == StatusCode::CREATED, "{status}: {answer}");
    let id = answer["requestId"].as_str().with_context(|| format!("{answer}"))?.to_owned();
    let end = Instant::now() + PATIENCE;
    loop {
        let request = client.get(format!("{api}/{id}")).basic_auth(&options.key, Some(""));
        let (status, answer) = json(request).await?;
        match answer["status"].as_str() {
            Some("Completed") => return Ok(()),
            Some("Pending") if Instant::now() < end => tokio::time::sleep(PAUSE).await,
            _ => bail!("{status}: {answer} after {PATIENCE:?}"),
        }
    }
}

async fn json(request: reqwest::RequestBuilder) -> anyhow::Result<(StatusCode, Value)> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.bytes().await?;
    Ok((status, serde_json::from_slice(&body).with_context(|| format!("{status} without JSON"))?))
}

/// One client of the load, which asks these URLs one after another.
async fn load(client: &Client, urls: &[String], first: usize, period: Duration, shared: &Shared) {
    let mut next = Instant::now();
    for url in urls.iter().cycle().skip(first) {
        if shared.end.load(Ordering::SeqCst) {
            return;
        }
        tokio::time::sleep_until(next.into()).await;
        next = (next + period).max(Instant::now());
        let completed = shared.completed.load(Ordering::SeqCst);
        let begun = Instant::now();
        let picture = ask(client, url).await;
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        let written = shared.written.load(Ordering::SeqCst);
        let Tally { outcome, milliseconds: all } = &mut *shared.lock();
        outcome.requests += 1;
        all.push(milliseconds);
        let wrong = match picture {
            Ok(Picture { version, hit }) => {
                outcome.hits += u64::from(hit);
                if version < completed {
                    outcome.old += 1;
                    Some(format!(
                        "{url}: version {version} after the purge of {completed} was completed, hit: {hit}"
                    ))
                } else if version > written {
                    outcome.failed += 1;
                    Some(format!("{url}: version {version}, of which {written} is the newest"))
                } else {
                    None
                }
            }
            Err(error) => {
                outcome.failed += 1;
                Some(format!("{url}: {error}"))
            }
        };
        outcome.told.extend(wrong.filter(|_| outcome.told.len() < TOLD));
    }
}

/// A picture that came.
#[derive(Debug, Clone, Copy)]
struct Picture {
    version: u32,
    hit: bool,
}

async fn ask(client: &Client, url: &str) -> Result<Picture, String> {
    let response = client.get(url).send().await.map_err(|error| chain(&error))?;
    let status = response.status();
    let header = |name: &str| {
        let value = response.headers().get(name).map(reqwest::header::HeaderValue::as_bytes);
        String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
    };
    let (hit, reason) = (header("server-timing").contains("cdn-cache-hit"), header("ik-error"));
    let body = response.bytes().await.map_err(|error| chain(&error))?;
    let size = image::ImageReader::new(std::io::Cursor::new(&body))
        .with_guessed_format()
        .ok()
        .and_then(|reader| reader.into_dimensions().ok());
    match size {
        Some((width, HEIGHT)) if status.is_success() && width >= WIDTH => {
            Ok(Picture { version: width - WIDTH, hit })
        }
        _ => Err(format!("{status} {reason}, {} bytes, {size:?}", body.len())),
    }
}
