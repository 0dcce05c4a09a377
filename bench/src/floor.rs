//! The codec floor: the pixel engine alone in a loop, no HTTP, one thread.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use imgplane_pixels as pixels;

use crate::{
    job::{Format, JOBS, Job},
    proc, sources,
};

/// Runs the loop in a process of its own, pinned to core 0, and gives milliseconds of CPU per job. `None`: the engine does
/// not do this job.
pub(crate) fn measure(job: &Job, root: &Path, time: Duration) -> Result<Option<f64>> {
    let output = Command::new("taskset")
        .args(["-c", "0"])
        .arg(std::env::current_exe()?)
        .args(["--peers", ".", "--floor", job.name, "--seconds", &time.as_secs().to_string(), "--sources"])
        .arg(root)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let told =
        || format!("the floor of {} printed {text}{}", job.name, String::from_utf8_lossy(&output.stderr));
    let milliseconds: f64 = text.trim().parse().with_context(told)?;
    Ok(Some(milliseconds).filter(|milliseconds| *milliseconds > 0.0))
}

/// The loop itself. Prints 0 where the engine does not do the job.
pub(crate) fn run(name: &str, root: &Path, time: Duration) -> Result<()> {
    let job = JOBS.iter().find(|job| job.name == name).context("no such job")?;
    let mut prepared = Vec::new();
    for file in sources::files(root, job.source)? {
        prepared.push(prepare(job, std::fs::read(root.join(job.source.folder()).join(file))?)?);
    }
    // One round to warm the caches, then whole rounds until enough time has passed.
    let whole = round(&prepared)? == job.frames() * prepared.len() as u32;
    let enough = if whole { time.as_secs_f64() * 1000.0 } else { 0.0 };
    let before = proc::cpu_milliseconds(std::process::id());
    let mut jobs = 0;
    while proc::cpu_milliseconds(std::process::id()) - before < enough {
        round(&prepared)?;
        jobs += prepared.len();
    }
    #[expect(clippy::print_stdout, reason = "the result of this process")]
    {
        println!("{}", (proc::cpu_milliseconds(std::process::id()) - before) / jobs.max(1) as f64);
    }
    Ok(())
}

/// Makes each picture once and counts the frames of all.
fn round(jobs: &[pixels::Job]) -> Result<u32> {
    let mut frames = 0;
    for job in jobs {
        let produced = pixels::run(job, &|| false)?;
        // What a server answers is not looked at either, beyond this.
        frames += if job.facts.frames > 1 { pixels::inspect(&produced.bytes)?.frames } else { 1 };
    }
    Ok(frames)
}

fn prepare(job: &Job, source: Vec<u8>) -> Result<pixels::Job> {
    let facts = pixels::inspect(&source)?;
    let (across, down) = (
        f64::from(job.width) / f64::from(facts.width),
        f64::from(job.height.unwrap_or_default()) / f64::from(facts.height),
    );
    let scale = across.max(down);
    let side = |length: u32| (f64::from(length) * scale + 0.5).floor() as u32;
    let scaled = pixels::Size { width: side(facts.width), height: side(facts.height) };
    let height = job.height.unwrap_or(scaled.height);
    let (x, y) = ((scaled.width - job.width) / 2, (scaled.height - height) / 2);
    let window = pixels::Rect { x, y, width: job.width, height };
    let format = match job.format {
        Format::Jpeg => pixels::Format::Jpeg,
        Format::Webp => pixels::Format::Webp,
        Format::Png => pixels::Format::Png,
        Format::Avif => pixels::Format::Avif,
    };
    let output = pixels::Output {
        format: pixels::FormatChoice::Fixed(format),
        quality: pixels::Quality { explicit: job.format.quality(), default: Some(80), most: None },
        lossless: job.format == Format::Png,
        ..pixels::Output::default()
    };
    Ok(pixels::Job {
        source: source.into(),
        facts,
        orient: true,
        operations: vec![pixels::Operation::Resize { scaled, window }],
        output,
        limits: pixels::Limits::default(),
        part: pixels::Part::All,
    })
}
