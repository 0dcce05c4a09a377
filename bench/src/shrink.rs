//! What shrinking in the decoder costs in quality, by how many pixels it leaves the resampler for one of the result. It is
//! what the default margin follows from.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use image::RgbImage;
use imgplane_pixels::{self as pixels, Format, Shrink};
use imgplane_tests::reference;

/// Where Debian's packages of wallpapers put them.
const FOLDERS: [&str; 2] = ["/usr/share/backgrounds", "/usr/share/wallpapers"];
/// Smaller files are previews and drawings.
const SMALLEST: u64 = 150 << 10;
/// What the decoder makes of one side, at most.
const SCALES: [u32; 3] = [2, 4, 8];
/// By format of source and result, pixels that are left for one of the result: from what `--shrink fast` leaves.
const KINDS: [(Format, &[f64]); 3] = [
    (Format::Jpeg, &[1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.7, 1.95]),
    (Format::Webp, &[1.0, 1.25, 1.5, 1.7, 1.95]),
    (Format::Png, &[1.5, 1.7, 2.0, 2.5, 2.95]),
];
/// The quality of lossy results.
const QUALITY: u8 = 80;
/// The quality of WebP sources; JPEGs are as they are.
const SOURCE_QUALITY: u8 = 90;

/// The same job, all of the source decoded and a part.
#[derive(Debug, Clone, Copy)]
struct Pair {
    whole: Made,
    shrunk: Made,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
struct Cell {
    format: Format,
    scale: u32,
    left: f64,
}

fn kinds(only: &str) -> impl Iterator<Item = &'static (Format, &'static [f64])> {
    KINDS.iter().filter(move |(format, _)| format.to_string().contains(only))
}

fn cells(only: &str) -> impl Iterator<Item = Cell> {
    kinds(only).flat_map(|&(format, lefts)| {
        SCALES.iter().flat_map(move |&scale| lefts.iter().map(move |&left| Cell { format, scale, left }))
    })
}

/// What became of it.
#[derive(Debug, Clone, Copy)]
struct Made {
    score: f64,
    bytes: usize,
    time: Duration,
}

/// Measures and prints the table, over all photographs that are installed, on all cores. Only formats whose name contains
/// `only`.
pub(crate) fn run(only: &str) -> Result<()> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        photographs(Path::new(folder), &mut files)?;
    }
    files.sort();
    ensure!(files.len() >= 50, "{} photographs are too few: run `make bench-shrink`", files.len());
    println!("{} photographs\n", files.len());
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(vec![Vec::new(); cells(only).count()]));
    let worker = || -> Result<()> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let pairs = photograph(file, only).with_context(|| file.display().to_string())?;
            let mut rows = rows.lock().map_err(|_poisoned| anyhow::anyhow!("a worker panicked"))?;
            rows.iter_mut().zip(pairs).for_each(|(row, pair): (&mut Vec<Pair>, _)| row.extend(pair));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..std::thread::available_parallelism()?.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_panic| anyhow::anyhow!("a worker panicked")).flatten()
        })
    })?;
    println!(
        "| format | decoded at | pixels left | photographs | score | without | mean loss | worst loss | bytes | CPU |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let rows = rows.into_inner()?;
    for (Cell { format, scale, left }, pairs) in cells(only).zip(rows) {
        let count = pairs.len().max(1) as f64;
        let mean = |value: fn(&Pair) -> f64| pairs.iter().map(value).sum::<f64>() / count;
        let losses = pairs.iter().map(|pair| pair.whole.score - pair.shrunk.score);
        println!(
            "| {format} | 1/{scale} | {left} | {} | {:.1} | {:.1} | {:.2} | {:.1} | {:.2}x | {:.2}x |",
            pairs.len(),
            mean(|pair| pair.shrunk.score),
            mean(|pair| pair.whole.score),
            mean(|pair| pair.whole.score - pair.shrunk.score),
            losses.fold(f64::NEG_INFINITY, f64::max),
            mean(|pair| pair.shrunk.bytes as f64 / pair.whole.bytes as f64),
            mean(|pair| pair.shrunk.time.as_secs_f64() / pair.whole.time.as_secs_f64()),
        );
    }
    Ok(())
}

fn photographs(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            photographs(&path, files)?;
        } else if kind.is_file()
            && path.extension().is_some_and(|extension| extension == "jpg")
            && entry.metadata()?.len() >= SMALLEST
        {
            files.push(path);
        }
    }
    Ok(())
}

/// All cells of one photograph: `None` where the result would be smaller than a thumbnail.
fn photograph(file: &Path, only: &str) -> Result<Vec<Option<Pair>>> {
    let jpeg = std::fs::read(file)?;
    let picture = image::load_from_memory(&jpeg)?.into_rgb8();
    let mut sources = Vec::new();
    for (format, _) in kinds(only) {
        sources.push((*format, source(*format, &jpeg, &picture)?));
    }
    let mut pairs = Vec::new();
    for Cell { format, scale, left } in cells(only) {
        let step = f64::from(scale) * left;
        let side = |length: u32| (f64::from(length) / step).floor() as u32;
        let size = pixels::Size { width: side(picture.width()), height: side(picture.height()) };
        if size.width.min(size.height) < 100 {
            pairs.push(None);
            continue;
        }
        let (_, source) = sources.iter().find(|(of, _)| *of == format).context("made above")?;
        let window = pixels::Rect { x: 0, y: 0, width: size.width, height: size.height };
        let wanted = reference::lanczos3(&picture, size.width, size.height);
        let made = |shrink| {
            let resize = vec![pixels::Operation::Resize { scaled: size, window }];
            made(&job(source, format, QUALITY, resize, shrink)?, &wanted)
        };
        pairs.push(Some(Pair { whole: made(Shrink::Off)?, shrunk: made(Shrink::Fast)? }));
    }
    Ok(pairs)
}

/// A photograph in this format.
fn source(format: Format, jpeg: &[u8], picture: &RgbImage) -> Result<Vec<u8>> {
    let mut png = Vec::new();
    if format == Format::Jpeg {
        return Ok(jpeg.to_vec());
    }
    picture.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)?;
    if format == Format::Webp {
        let whole = job(&png, Format::Webp, SOURCE_QUALITY, vec![], Shrink::Off)?;
        return Ok(pixels::run(&whole, &|| false)?.bytes);
    }
    Ok(png)
}

fn job(
    source: &[u8],
    format: Format,
    quality: u8,
    operations: Vec<pixels::Operation>,
    shrink: Shrink,
) -> Result<pixels::Job> {
    let output = pixels::Output {
        format: pixels::FormatChoice::Fixed(format),
        quality: pixels::Quality { explicit: Some(quality), default: None, most: None },
        lossless: format == Format::Png,
        shrink,
        ..pixels::Output::default()
    };
    Ok(pixels::Job {
        facts: pixels::inspect(source)?,
        source: source.to_vec().into(),
        orient: false,
        operations,
        output,
        limits: pixels::Limits::default(),
        part: pixels::Part::All,
    })
}

fn made(job: &pixels::Job, wanted: &RgbImage) -> Result<Made> {
    let start = Instant::now();
    let produced = pixels::run(job, &|| false)?;
    let time = start.elapsed();
    let seen = image::load_from_memory(&produced.bytes)?.into_rgb8();
    Ok(Made { score: reference::score(wanted, &seen), bytes: produced.bytes.len(), time })
}
