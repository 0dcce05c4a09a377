//! Measures one job on one thread, and beside it the floor: the same decode and encode calls with nothing in between.
//!
//! `cargo run --release -p imgplane-pixels --example floor -- FILE WIDTH FORMAT N [fast]` where FORMAT is jpeg, png, webp,
//! avif or gif, and WIDTH 0 means unscaled. Prints CPU milliseconds of this thread per job (Linux only), so
//! that other work on the machine disturbs little, bytes out and peak memory.

use std::{env, error::Error, fs};

use bytes::Bytes;
use imgplane_codec_jpeg as jpeg;
use imgplane_codec_webp as webp;
use imgplane_pixels::{
    Facts, Format, FormatChoice, Job, Limits, Operation, Output, Part, Quality, Rect, Shrink, Size, estimate,
    inspect, run,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, width, format, count, rest @ ..] = arguments.as_slice() else {
        return Err("usage: floor FILE WIDTH FORMAT N [fast]".into());
    };
    let format = match format.as_str() {
        "jpeg" => Format::Jpeg,
        "png" => Format::Png,
        "webp" => Format::Webp,
        "avif" => Format::Avif,
        "gif" => Format::Gif,
        other => return Err(format!("{other} is not a format").into()),
    };
    let shrink = if rest.iter().any(|word| word == "fast") { Shrink::Fast } else { Shrink::Margin };
    let count: usize = count.parse()?;
    let source = Bytes::from(fs::read(file)?);
    let facts = inspect(&source)?;
    let job = job(source, facts, width.parse()?, format, shrink);

    let made = run(&job, &|| false)?;
    let times = repeat(count, || run(&job, &|| false).map(drop))?;
    println!(
        "{} {}x{} -> {} {}x{}, {} bytes",
        job.facts.format,
        job.facts.width,
        job.facts.height,
        made.format,
        made.width,
        made.height,
        made.bytes.len()
    );
    println!("job    {:7.2} ms", mean(&times));
    println!(
        "memory estimate {:.1} MB, peak of the process {:.1} MB",
        megabytes(estimate(&job)),
        megabytes(peak()?)
    );
    if let Some((decode, encode)) = floor(&job, count, &made.bytes)? {
        println!("floor  {:7.2} ms  (decode {decode:.2}, encode {encode:.2})", decode + encode);
    }
    Ok(())
}

fn job(source: Bytes, facts: Facts, width: u32, format: Format, shrink: Shrink) -> Job {
    let mut operations = Vec::new();
    if width > 0 {
        let height =
            (f64::from(facts.height) * f64::from(width) / f64::from(facts.width)).round().max(1.0) as u32;
        let window = Rect { x: 0, y: 0, width, height };
        operations.push(Operation::Resize { scaled: Size::new(width, height), window });
    }
    let output = Output {
        format: FormatChoice::Fixed(format),
        quality: Quality { explicit: Some(80), default: None, most: None },
        shrink,
        ..Output::default()
    };
    Job { source, facts, orient: false, operations, output, limits: Limits::default(), part: Part::All }
}

fn repeat<E>(count: usize, mut job: impl FnMut() -> Result<(), E>) -> Result<Vec<f64>, E> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let start = cpu_milliseconds();
        job()?;
        times.push(cpu_milliseconds() - start);
    }
    Ok(times)
}

/// The mean; single runs are as coarse as the kernel's clock tick.
fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len().max(1) as f64
}

/// Decode and encode alone, for the codecs that a planar job calls directly.
fn floor(job: &Job, count: usize, made: &[u8]) -> Result<Option<(f64, f64)>, Box<dyn Error>> {
    let Some(Operation::Resize { scaled, .. }) = job.operations.first() else { return Ok(None) };
    let step = f64::from(job.facts.width) / f64::from(scaled.width);
    let margin = if job.output.shrink == Shrink::Fast { 1.0 } else { 1.25 };
    let scales = [jpeg::Scale::Eighth, jpeg::Scale::Quarter, jpeg::Scale::Half];
    let scale = scales
        .into_iter()
        .find(|scale| step >= margin * f64::from(scale.divisor()))
        .unwrap_or(jpeg::Scale::Full);
    let decode = match job.facts.format {
        Format::Jpeg => {
            let limits = jpeg::Limits { max_scans: job.limits.max_scans };
            mean(&repeat(count, || jpeg::decode_planes(&job.source, scale, &limits).map(drop))?)
        }
        Format::Webp => mean(&repeat(count, || webp::decode_yuv(&job.source).map(drop))?),
        _ => return Ok(None),
    };
    let encode = match inspect(made)?.format {
        Format::Jpeg => {
            let planes = jpeg::decode_planes(made, jpeg::Scale::Full, &jpeg::Limits::default())?;
            let views: Vec<_> = planes
                .planes
                .iter()
                .map(|plane| jpeg::PlaneRef { data: &plane.data, stride: plane.stride })
                .collect();
            let options = jpeg::Options { quality: 80, progressive: false };
            let once = || {
                jpeg::encode_planes(&views, scaled.width, scaled.height, planes.sampling, &options).map(drop)
            };
            mean(&repeat(count, once)?)
        }
        Format::Webp => {
            let planes = webp::decode_yuv(made)?;
            let options = webp::Options { method: job.output.webp_method, ..webp::Options::default() };
            mean(&repeat(count, || webp::encode_yuv(&planes.as_ref(), &options).map(drop))?)
        }
        _ => return Ok(None),
    };
    Ok(Some((decode, encode)))
}

/// What this thread has had of a processor.
fn cpu_milliseconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// Peak resident bytes of this process.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
