//! What a quiet endpoint notices of others that are flooded with huge pictures: its latencies alone and beside them.
//!
//! The server has core 0 and so one worker, the load generators core 1. The quiet endpoint's requests come at their times,
//! however long those before them take.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use imgplane_config::Cache;
use imgplane_tests::process::{Process, free_address, program};

use crate::{peer::write_config, proc};

/// Of the flood, in all.
const CONNECTIONS: &str = "64";
/// Between two requests of the quiet endpoint.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the flood runs before anything is measured.
const WARM_UP: Duration = Duration::from_secs(3);
/// Longest answer that is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long the server may take to serve anything.
const START: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const HUGE: (u32, u32) = (4000, 3000);
const SMALL: (u32, u32) = (600, 400);
/// How many endpoints are flooded.
const FLOODED: [usize; 2] = [1, 3];

/// How long, and which program.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seconds: u64,
    /// A data plane to measure in the place of the one that was built.
    pub(crate) dataplane: Option<PathBuf>,
}

/// Latencies of the quiet endpoint in milliseconds, and how many of its requests failed.
struct Measured {
    latencies: Vec<f64>,
    failed: usize,
}

impl Plan {
    /// Measures and prints the table.
    pub(crate) fn run(&self) -> Result<()> {
        println!("{}", proc::machine());
        let folder = tempfile::tempdir()?;
        let photos = folder.path().join("volumes/bench");
        std::fs::create_dir_all(&photos)?;
        std::fs::write(photos.join("huge.jpg"), jpeg(HUGE)?)?;
        std::fs::write(photos.join("small.jpg"), jpeg(SMALL)?)?;
        println!(
            "| flooded endpoints | quiet requests | failed | p50 ms | p95 ms | longest ms | a job of the flood ms |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        let most = FLOODED.into_iter().max().unwrap_or_default();
        let (_process, address) = self.start(folder.path(), most)?;
        until_served(address)?;
        // Whatever is set up by first requests is set up.
        let job = median(&(0..5).map(|_| ask(address, &huge(0)).1).collect::<Vec<_>>());
        ask(address, QUIET);
        print(0, &mut self.measure(address), job);
        for flooded in FLOODED {
            let flood = Flood::start(address, flooded, folder.path())?;
            thread::sleep(WARM_UP);
            let mut measured = self.measure(address);
            drop(flood);
            print(flooded, &mut measured, job);
        }
        Ok(())
    }

    fn start(&self, folder: &Path, flooded: usize) -> Result<(Process, SocketAddr)> {
        let config = folder.join("config");
        let flooded = (0..flooded).map(|number| format!("flood{number}"));
        let accounts: Vec<String> = flooded.chain(["quiet".to_owned()]).collect();
        write_config(&config, Cache::default(), &accounts)?;
        let address = free_address();
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]);
        command.arg(self.dataplane.clone().unwrap_or_else(|| program("imgplane-dataplane")));
        command.arg("--config-dir").arg(config).arg("--volumes-dir").arg(folder.join("volumes"));
        command.args(["--listen", &address.to_string(), "--admin-listen", &free_address().to_string()]);
        command.args(["--memory-budget", "268435456"]).env("RUST_LOG", "error");
        Ok((Process::start("imgplane", command, folder.join("imgplane.log"), address), address))
    }

    fn measure(&self, address: SocketAddr) -> Measured {
        let began = Instant::now();
        let mut requests = Vec::new();
        while began.elapsed().as_secs() < self.seconds {
            requests.push(thread::spawn(move || ask(address, QUIET)));
            thread::sleep(PAUSE);
        }
        let answers: Vec<_> = requests.into_iter().filter_map(|request| request.join().ok()).collect();
        let failed = answers.iter().filter(|(served, _)| !served).count();
        Measured { latencies: answers.into_iter().map(|(_, latency)| latency).collect(), failed }
    }
}

const QUIET: &str = "/quiet/tr:w-100,f-jpg/small.jpg";

fn huge(endpoint: usize) -> String {
    format!("/flood{endpoint}/tr:w-1600,f-webp/huge.jpg")
}

/// Whether an answer was a success, and how many milliseconds it took.
fn ask(address: SocketAddr, path: &str) -> (bool, f64) {
    let began = Instant::now();
    let request = ureq::get(format!("http://{address}{path}"));
    let answer = request.config().timeout_global(Some(PATIENCE)).build().call();
    let read = answer.and_then(|mut answer| answer.body_mut().read_to_vec());
    (read.is_ok(), began.elapsed().as_secs_f64() * 1000.0)
}

/// Waits until the server has its config.
fn until_served(address: SocketAddr) -> Result<()> {
    let deadline = Instant::now() + START;
    while !ask(address, QUIET).0 {
        ensure!(Instant::now() < deadline, "{address} serves nothing");
        thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn print(flooded: usize, measured: &mut Measured, job: f64) {
    let Measured { latencies, failed } = measured;
    println!(
        "| {flooded} | {} | {failed} | {:.0} | {:.0} | {:.0} | {job:.0} |",
        latencies.len(),
        percentile(latencies, 50),
        percentile(latencies, 95),
        percentile(latencies, 100),
    );
}

/// A load that goes on until it is dropped.
struct Flood(Child);

impl Flood {
    fn start(address: SocketAddr, endpoints: usize, folder: &Path) -> Result<Self> {
        let paths: Vec<_> = (0..endpoints).map(|number| format!("{:?}", huge(number))).collect();
        let script = folder.join("flood.lua");
        let rotating = "local at = 0\nrequest = function()\n  at = at % #paths + 1\n  return wrk.format(\"GET\", paths[at])\nend\n";
        std::fs::write(&script, format!("local paths = {{{}}}\n{rotating}", paths.join(",")))?;
        let child = Command::new("taskset")
            .args(["-c", "1", "wrk", "-t", "1", "--timeout", "60s", "-c", CONNECTIONS, "-d", "1h", "-s"])
            .arg(&script)
            .arg(format!("http://{address}"))
            .stdout(Stdio::null())
            .spawn()
            .context("wrk could not be started; install it")?;
        Ok(Self(child))
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A photograph-like picture: smooth, with some noise.
fn jpeg((width, height): (u32, u32)) -> Result<Vec<u8>> {
    let mut noise = 1_u32;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (noise >> 28) as u8;
        let [across, down] = [x * 200 / width, y * 200 / height].map(|part| u8::try_from(part).unwrap_or(0));
        Rgb([across + grain, down + grain, 90 + grain])
    });
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}
