//! The files: photographs of a Debian package, cut and re-encoded, once, in the folder of the peers.
//!
//! The originals are progressive JPEGs above 10 megapixels. A camera writes baseline, so the 12-megapixel files are
//! their lossless baseline form; everything else is cut out of them and written by encoders that are not ours.

mod make;

use std::path::{Path, PathBuf};

use anyhow::Result;

/// Raised when the files become others, so that kept ones are not taken for them.
const VERSION: u32 = 2;

/// Files a job reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// 20 crops of 2040x1356, JPEG quality 92, 4:2:0.
    Jpeg,
    /// The same crops as PNG.
    Png,
    /// The same crops as WebP quality 90.
    Webp,
    /// The same crops as AVIF quality 80.
    Avif,
    /// 4 photographs of 12 megapixels, baseline JPEG as cameras write it.
    Photo,
    /// The same as PNG.
    PhotoPng,
    /// The same as WebP quality 90.
    PhotoWebp,
    /// The same as AVIF quality 80.
    PhotoAvif,
    /// 20 crops of 1632x1224 (2 megapixels), JPEG quality 92, 4:2:0.
    Small,
    /// 20 crops of 1920x1280, AVIF quality 80.
    SmallAvif,
    /// The same as WebP quality 90.
    SmallWebp,
    /// 20 crops of 1600x1200, PNG with a soft-edged ellipse as alpha.
    Alpha,
    /// 20 crops of 400x300 with the same: what is laid on others.
    Layer,
    /// 4 pictures of 6000x4000, each of four photographs, progressive JPEG quality 92, 4:2:0.
    Progressive,
    /// 4 animations of 480x270 in 30 whole frames: two pan over a photograph, in two a square moves on one.
    Gif,
}

impl Source {
    /// Folder below the sources' root.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Photo => "photo",
            Self::PhotoPng => "photo-png",
            Self::PhotoWebp => "photo-webp",
            Self::PhotoAvif => "photo-avif",
            Self::Small => "small",
            Self::SmallAvif => "small-avif",
            Self::SmallWebp => "small-webp",
            Self::Alpha => "alpha",
            Self::Layer => "layer",
            Self::Progressive => "progressive",
            Self::Gif => "gif",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg | Self::Photo | Self::Small | Self::Progressive => "jpg",
            Self::Png | Self::PhotoPng | Self::Alpha | Self::Layer => "png",
            Self::Webp | Self::PhotoWebp | Self::SmallWebp => "webp",
            Self::Avif | Self::PhotoAvif | Self::SmallAvif => "avif",
            Self::Gif => "gif",
        }
    }

    /// Decoders of JPEG alone can scale.
    pub(crate) fn is_jpeg(self) -> bool {
        self.extension() == "jpg"
    }

    /// Frames of each file.
    pub(crate) const fn frames(self) -> u32 {
        match self {
            Self::Gif => 30,
            _ => 1,
        }
    }
}

/// The prepared files.
#[derive(Debug)]
pub(crate) struct Sources {
    /// Holds the volume.
    volumes: PathBuf,
}

/// One sentence for the report.
pub(crate) const DESCRIPTION: &str = "of four photographs of 10.6-15.9 MP (Debian package lomiri-wallpapers-16.04): \
    20 crops of 2040x1356 (JPEG quality 92 4:2:0, PNG, WebP quality 90, AVIF quality 80), the four whole (baseline JPEG \
    without loss, PNG, WebP 90, AVIF 80), 20 crops of 1632x1224 (J5), 1920x1280 (J10) and 1600x1200 with a soft-edged \
    alpha channel (J6), four mosaics of 6000x4000 as progressive JPEG (J8), four GIFs of 30 frames (J9)";

/// The volume's name, which is its folder's.
pub(crate) const VOLUME: &str = "bench";

impl Sources {
    /// In the folder of the peers.
    pub(crate) fn within(installed: &Path) -> Self {
        Self { volumes: installed.join(format!("sources-{VERSION}")) }
    }

    /// Makes what is not there yet of these kinds.
    pub(crate) fn prepare(&self, installed: &Path, kinds: &[Source]) -> Result<()> {
        kinds.iter().try_for_each(|source| make::folder(*source, &self.root(), installed))
    }

    /// The folder that holds the volume.
    pub(crate) fn volumes(&self) -> &Path {
        &self.volumes
    }

    /// The volume: what servers read.
    pub(crate) fn root(&self) -> PathBuf {
        self.volumes.join(VOLUME)
    }

    /// Names of the files of one kind.
    pub(crate) fn files(&self, source: Source) -> Result<Vec<String>> {
        files(&self.root(), source)
    }

    /// The same files under twice as many names as there are connections at least: some servers answer requests for one name
    /// that are under way together with one job.
    pub(crate) fn names(&self, source: Source, connections: u32) -> Result<Vec<String>> {
        let files = self.files(source)?;
        let folder = self.root().join(source.folder());
        let copies = (connections as usize * 2).div_ceil(files.len().max(1));
        let mut names = Vec::with_capacity(files.len() * copies);
        for copy in 0..copies {
            let place = format!("copies-{copy}");
            std::fs::create_dir_all(folder.join(&place))?;
            for file in &files {
                let name = format!("{place}/{file}");
                if !folder.join(&name).exists() {
                    std::fs::hard_link(folder.join(file), folder.join(&name))?;
                }
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Bytes of one file.
    pub(crate) fn read(&self, source: Source, file: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.root().join(source.folder()).join(file))?)
    }
}

/// Names of the files of one kind below a root.
pub(crate) fn files(root: &Path, source: Source) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join(source.folder()))? {
        let entry = entry?;
        // Copies are in folders.
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
