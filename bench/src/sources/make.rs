//! Makes the files of one kind.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};
use image::{
    Delay, Frame, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
    imageops::{self, FilterType},
};

use super::Source;

const PACKAGE: &str = "/usr/share/backgrounds";
/// Of the package's pictures, those of at least 10 megapixels.
const PHOTOS: [&str; 4] = [
    "Bridge_by_Sander_Klootwijk.jpg",
    "Dragonfly_by_Bolly.jpg",
    "seeding_by_Clements_Engelhardt.jpg",
    "sunset_by_Aitzol_Berasategi.jpg",
];
/// Crops of each photograph.
const CROPS: u32 = 5;
/// Of an animation.
const CANVAS: (u32, u32) = (480, 270);

/// Makes the folder of one kind below `root`, unless it is there. A half-made one has another name.
pub(super) fn folder(source: Source, root: &Path, installed: &Path) -> Result<()> {
    let (done, part) = (root.join(source.folder()), root.join(format!(".{}.part", source.folder())));
    if done.exists() {
        return Ok(());
    }
    eprintln!("making {}", done.display());
    if part.exists() {
        fs::remove_dir_all(&part)?;
    }
    fs::create_dir_all(&part)?;
    match source {
        Source::Photo => photographs(&part)?,
        Source::Progressive => mosaics(&part)?,
        Source::Gif => animations(&part)?,
        still => stills(still, &part, installed)?,
    }
    Ok(fs::rename(part, done)?)
}

fn original(index: usize) -> Result<Vec<u8>> {
    let path = Path::new(PACKAGE).join(PHOTOS.get(index).context("four photographs")?);
    fs::read(&path).with_context(|| format!("{} is missing: run `make bench-deps`", path.display()))
}

fn decoded(index: usize) -> Result<RgbImage> {
    Ok(image::load_from_memory(&original(index)?)?.to_rgb8())
}

fn photographs(folder: &Path) -> Result<()> {
    (0..PHOTOS.len()).try_for_each(|index| {
        let mut baseline = Command::new("jpegtran");
        baseline.args(["-copy", "none", "-optimize"]);
        pipe(&mut baseline, &original(index)?, &folder.join(format!("{index}.jpg")))
    })
}

fn stills(source: Source, folder: &Path, installed: &Path) -> Result<()> {
    let size = match source {
        Source::Jpeg | Source::Png | Source::Webp | Source::Avif => Some((2040, 1356)),
        Source::Small => Some((1632, 1224)),
        Source::SmallAvif | Source::SmallWebp => Some((1920, 1280)),
        Source::Alpha => Some((1600, 1200)),
        Source::Layer => Some((400, 300)),
        _ => None,
    };
    for index in 0..PHOTOS.len() {
        let picture = decoded(index)?;
        let Some(size) = size else {
            write(source, &picture, folder, &index.to_string(), installed)?;
            continue;
        };
        for crop in 0..CROPS {
            let (x, y) = place(&picture, size, crop);
            let part = imageops::crop_imm(&picture, x, y, size.0, size.1).to_image();
            write(source, &part, folder, &format!("{index}{crop}"), installed)?;
        }
    }
    Ok(())
}

/// Corner of a crop, spread over the diagonal.
fn place(picture: &RgbImage, size: (u32, u32), crop: u32) -> (u32, u32) {
    let (right, bottom) = (picture.width() - size.0, picture.height() - size.1);
    (right * crop / (CROPS - 1), bottom * crop / (CROPS - 1))
}

fn write(source: Source, picture: &RgbImage, folder: &Path, name: &str, installed: &Path) -> Result<()> {
    let file = folder.join(format!("{name}.{}", source.extension()));
    match source.extension() {
        "jpg" => pipe(&mut jpeg(), &portable(picture), &file),
        "webp" => {
            let mut webp = Command::new("cwebp");
            webp.args(["-quiet", "-q", "90", "-o", "-", "--", "-"]);
            pipe(&mut webp, &portable(picture), &file)
        }
        "avif" => {
            let mut avif = Command::new(installed.join("thumbor/bin/python"));
            avif.args(["-c", AVIF]);
            pipe(&mut avif, &portable(picture), &file)
        }
        _ if matches!(source, Source::Alpha | Source::Layer) => Ok(with_ellipse(picture).save(&file)?),
        _ => Ok(picture.save(&file)?),
    }
}

/// libavif by way of Pillow, which thumbor brings.
const AVIF: &str = "\
import io, sys
from PIL import Image
picture = Image.open(io.BytesIO(sys.stdin.buffer.read()))
picture.save(sys.stdout.buffer, 'AVIF', quality=80, subsampling='4:2:0', speed=6)
";

fn jpeg() -> Command {
    let mut command = Command::new("cjpeg");
    command.args(["-quality", "92", "-sample", "2x2", "-optimize"]);
    command
}

fn portable(picture: &RgbImage) -> Vec<u8> {
    let mut ppm = format!("P6\n{} {}\n255\n", picture.width(), picture.height()).into_bytes();
    ppm.extend_from_slice(picture.as_raw());
    ppm
}

/// Opaque inside of the ellipse that touches the edges, clear outside, with an edge of 5 % of the radius between.
fn with_ellipse(picture: &RgbImage) -> RgbaImage {
    let (across, down) = (f64::from(picture.width()) / 2.0, f64::from(picture.height()) / 2.0);
    RgbaImage::from_fn(picture.width(), picture.height(), |x, y| {
        let Rgb([red, green, blue]) = *picture.get_pixel(x, y);
        let (right, below) = ((f64::from(x) + 0.5 - across) / across, (f64::from(y) + 0.5 - down) / down);
        let alpha = ((1.0 - right.hypot(below)) / 0.05 * 255.0).clamp(0.0, 255.0) as u8;
        Rgba([red, green, blue, alpha])
    })
}

fn mosaics(folder: &Path) -> Result<()> {
    const PART: (u32, u32) = (3000, 2000);
    let pictures = (0..PHOTOS.len()).map(decoded).collect::<Result<Vec<_>>>()?;
    for number in 0..PHOTOS.len() {
        let mut mosaic = RgbImage::new(PART.0 * 2, PART.1 * 2);
        for (tile, picture) in pictures.iter().cycle().skip(number).take(4).enumerate() {
            let (x, y) = place(picture, PART, number as u32);
            let part = imageops::crop_imm(picture, x, y, PART.0, PART.1).to_image();
            let (column, row) = (tile as u32 % 2, tile as u32 / 2);
            imageops::replace(&mut mosaic, &part, (column * PART.0).into(), (row * PART.1).into());
        }
        pipe(jpeg().arg("-progressive"), &portable(&mosaic), &folder.join(format!("{number}.jpg")))?;
    }
    Ok(())
}

fn animations(folder: &Path) -> Result<()> {
    for index in 0..PHOTOS.len() {
        let picture = decoded(index)?;
        // Large enough to pan 4 pixels a frame.
        let ground = imageops::resize(&picture, CANVAS.0 + 120, CANVAS.1 + 120, FilterType::Triangle);
        let square = imageops::resize(&decoded((index + 1) % PHOTOS.len())?, 80, 80, FilterType::Triangle);
        let mut encoder = GifEncoder::new_with_speed(File::create(folder.join(format!("{index}.gif")))?, 10);
        encoder.set_repeat(Repeat::Infinite)?;
        for step in 0..Source::Gif.frames() {
            let at = if index < 2 { step * 4 } else { 0 };
            let mut frame = imageops::crop_imm(&ground, at, at, CANVAS.0, CANVAS.1).to_image();
            if index >= 2 {
                imageops::replace(&mut frame, &square, i64::from(step) * 13, i64::from(step) * 6);
            }
            let frame = image::DynamicImage::from(frame).to_rgba8();
            encoder.encode_frame(Frame::from_parts(frame, 0, 0, Delay::from_numer_denom_ms(40, 1)))?;
        }
    }
    Ok(())
}

fn pipe(command: &mut Command, input: &[u8], output: &Path) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(File::create(output)?).spawn()?;
    let Some(mut stdin) = child.stdin.take() else { bail!("no standard input") };
    stdin.write_all(input)?;
    drop(stdin);
    ensure!(child.wait()?.success(), "{command:?} failed");
    Ok(())
}
