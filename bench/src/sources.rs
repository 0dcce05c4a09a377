//! The files: photographs of a Debian package, cut and re-encoded on the spot.
//!
//! The originals are progressive JPEGs above 10 megapixels. A camera writes baseline, so the 12-megapixel files are
//! their lossless baseline form; the small ones are crops of exactly 2040x1356.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use image::RgbImage;

use crate::job::Source;

const PACKAGE: &str = "/usr/share/backgrounds";
/// Of the package's pictures, those of at least 10 megapixels.
const PHOTOS: [&str; 4] = [
    "Bridge_by_Sander_Klootwijk.jpg",
    "Dragonfly_by_Bolly.jpg",
    "seeding_by_Clements_Engelhardt.jpg",
    "sunset_by_Aitzol_Berasategi.jpg",
];
/// Crops of each photograph; 20 in all.
const CROPS: u32 = 5;
const CROP: (u32, u32) = (2040, 1356);

/// The prepared files.
#[derive(Debug)]
pub(crate) struct Sources {
    root: PathBuf,
}

impl Sources {
    /// Names of the files of one kind.
    pub(crate) fn files(&self, source: Source) -> Result<Vec<String>> {
        files(&self.root, source)
    }

    /// Bytes of one file.
    pub(crate) fn read(&self, source: Source, file: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.root.join(source.folder()).join(file))?)
    }
}

/// One sentence for the report.
pub(crate) fn describe() -> String {
    format!(
        "{} crops of {}x{} (JPEG quality 92 4:2:0, PNG, WebP quality 90) and {} photographs of 10.6-15.9 MP as \
             baseline JPEG, from the Debian package lomiri-wallpapers-16.04",
        CROPS as usize * PHOTOS.len(),
        CROP.0,
        CROP.1,
        PHOTOS.len()
    )
}

/// Names of the files of one kind below a root.
pub(crate) fn files(root: &Path, source: Source) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join(source.folder()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Where the files go below the bench's folder: the volume `bench`.
pub(crate) fn root(folder: &Path) -> PathBuf {
    folder.join("volumes/bench")
}

/// Makes all files.
pub(crate) fn prepare(folder: &Path) -> Result<Sources> {
    let root = root(folder);
    for source in [Source::Jpeg, Source::Png, Source::Webp, Source::Photo] {
        std::fs::create_dir_all(root.join(source.folder()))?;
    }
    for (index, name) in PHOTOS.iter().enumerate() {
        let original = Path::new(PACKAGE).join(name);
        let bytes = std::fs::read(&original)
            .with_context(|| format!("{} is missing: run `make bench-deps`", original.display()))?;
        let photo = root.join("photo").join(format!("{index}.jpg"));
        pipe(Command::new("jpegtran").args(["-copy", "none", "-optimize"]), &bytes, &photo)?;
        let picture = image::load_from_memory(&bytes)?.to_rgb8();
        for crop in 0..CROPS {
            let (x, y) = place(&picture, crop);
            let part = image::imageops::crop_imm(&picture, x, y, CROP.0, CROP.1).to_image();
            write_crop(&root, &format!("{index}{crop}"), &part)?;
        }
    }
    Ok(Sources { root })
}

/// Corner of a crop, spread over the diagonal.
fn place(picture: &RgbImage, crop: u32) -> (u32, u32) {
    let (right, bottom) = (picture.width() - CROP.0, picture.height() - CROP.1);
    (right * crop / (CROPS - 1), bottom * crop / (CROPS - 1))
}

fn write_crop(root: &Path, name: &str, part: &RgbImage) -> Result<()> {
    let mut ppm = format!("P6 {} {} 255\n", part.width(), part.height()).into_bytes();
    ppm.extend_from_slice(part.as_raw());
    let jpeg = root.join("jpeg").join(format!("{name}.jpg"));
    pipe(Command::new("cjpeg").args(["-quality", "92", "-sample", "2x2", "-optimize"]), &ppm, &jpeg)?;
    let png = root.join("png").join(format!("{name}.png"));
    part.save(&png)?;
    let status = Command::new("cwebp")
        .args(["-quiet", "-q", "90"])
        .arg(&png)
        .arg("-o")
        .arg(root.join("webp").join(format!("{name}.webp")))
        .status()?;
    anyhow::ensure!(status.success(), "cwebp failed");
    Ok(())
}

fn pipe(command: &mut Command, input: &[u8], output: &Path) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(std::fs::File::create(output)?).spawn()?;
    let Some(mut stdin) = child.stdin.take() else { bail!("no standard input") };
    stdin.write_all(input)?;
    drop(stdin);
    anyhow::ensure!(child.wait()?.success(), "{command:?} failed");
    Ok(())
}
