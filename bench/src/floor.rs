//! The codec floor: the pixel engine alone in a loop, no HTTP, one thread.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};
use imgplane_pixels as pixels;

use crate::{
    job::{Format, JOBS, Job},
    proc, sources,
};

/// CPU the loop takes at least, in milliseconds.
const ENOUGH: f64 = 3000.0;

/// Runs the loop in a process of its own, pinned to core 0, and gives milliseconds of CPU per job.
pub(crate) fn measure(job: &Job, root: &Path) -> Result<f64> {
    let output = Command::new("taskset")
        .args(["-c", "0"])
        .arg(std::env::current_exe()?)
        .args(["--peers", ".", "--floor", job.name, "--sources"])
        .arg(root)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| format!("the floor of {} printed {text}", job.name))
}

/// The loop itself.
pub(crate) fn run(name: &str, root: &Path) -> Result<()> {
    let job = JOBS.iter().find(|job| job.name == name).context("no such job")?;
    let mut prepared = Vec::new();
    for file in sources::files(root, job.source)? {
        prepared.push(prepare(job, std::fs::read(root.join(job.source.folder()).join(file))?)?);
    }
    // One round to warm the caches, then whole rounds until enough time has passed.
    round(&prepared)?;
    let before = proc::cpu_milliseconds(std::process::id());
    let mut jobs = 0;
    while proc::cpu_milliseconds(std::process::id()) - before < ENOUGH {
        round(&prepared)?;
        jobs += prepared.len();
    }
    #[expect(clippy::print_stdout, reason = "the result of this process")]
    {
        println!("{}", (proc::cpu_milliseconds(std::process::id()) - before) / jobs as f64);
    }
    Ok(())
}

fn round(jobs: &[pixels::Job]) -> Result<()> {
    for job in jobs {
        pixels::run(job, &|| false)?;
    }
    Ok(())
}

fn prepare(job: &Job, source: Vec<u8>) -> Result<pixels::Job> {
    let facts = pixels::inspect(&source)?;
    let height =
        (f64::from(facts.height) * f64::from(job.width) / f64::from(facts.width) + 0.5).floor() as u32;
    let scaled = pixels::Size { width: job.width, height };
    let window = pixels::Rect { x: 0, y: 0, width: job.width, height };
    let (format, quality) = match job.format {
        Format::Jpeg => (pixels::Format::Jpeg, 80),
        Format::Webp => (pixels::Format::Webp, 75),
        Format::Png => (pixels::Format::Png, 80),
        Format::Avif => (pixels::Format::Avif, 60),
    };
    let output = pixels::Output {
        format: pixels::FormatChoice::Fixed(format),
        quality: pixels::Quality { explicit: Some(quality), default: Some(80), most: None },
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
