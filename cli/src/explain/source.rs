//! What is known of the original without fetching it: from a flag, or from the header of a local file.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use imgplane_config::{EndpointConfig, ObjectId, OriginKind};
use imgplane_dataplane::frame_number;
use imgplane_pixels::{ChromaGrid, Facts, Format, Limits, PixelError, admit, inspect};
use imgplane_urls::{Page, Source, UrlError};

use crate::{args::SourceFact, volumes::VolumeFolders};

/// How much of a local file is read for its header: sizes stand in front, profiles and thumbnails of a few hundred
/// KiB may come before them.
const HEADER_BYTES: u64 = 4 << 20;
/// Sizes that parameters are read with when none is known: square, wide, high, small.
const ASSUMED: [(u32, u32); 4] = [(4000, 4000), (8000, 500), (500, 8000), (16, 16)];

/// What is known of the original.
#[derive(Debug, Default)]
pub(crate) struct Original {
    /// Stored width and height.
    pub(super) size: Option<(u32, u32)>,
    /// EXIF orientation.
    pub(super) orientation: u8,
    /// Its format.
    pub(super) format: Option<Format>,
    /// Whether it may have transparent pixels.
    pub(super) alpha: Option<bool>,
    /// Frames of an animation; 0 or 1 for stills.
    pub(super) frames: u32,
    /// One of its frames is wanted, as a picture of its own.
    pub(super) part: bool,
    /// Quality that a JPEG was saved with.
    pub(super) jpeg_quality: Option<u8>,
    /// Where this comes from.
    pub(super) from: From,
}

/// Where the knowledge comes from.
#[derive(Debug, Default)]
pub(super) enum From {
    /// Nowhere: only the name was looked at.
    #[default]
    Name,
    /// The caller.
    Caller,
    /// The header of a file.
    File {
        /// The file.
        path: PathBuf,
        /// An origin that is asked before, and might have the file as well.
        after: Option<ObjectId>,
    },
}

impl Original {
    /// Looks for the original among the origins, in their order.
    pub(super) fn find<'a>(
        origins: impl Iterator<Item = (&'a ObjectId, &'a OriginKind)>,
        volumes: &VolumeFolders,
        resource: &str,
        fact: Option<SourceFact>,
    ) -> Self {
        let mut after = None;
        let mut found = None;
        for (id, kind) in origins {
            match kind {
                OriginKind::Volume(volume) => {
                    if let Some(path) = volumes.file(volume, resource) {
                        found = header(&path).map(|facts| (path, facts));
                        break;
                    }
                }
                OriginKind::S3(_)
                | OriginKind::S3Compatible(_)
                | OriginKind::CloudinaryBackup(_)
                | OriginKind::Gcs(_)
                | OriginKind::AzureBlob(_)
                | OriginKind::WebFolder(_)
                | OriginKind::WebProxy(_)
                | OriginKind::AkeneoPim(_) => {
                    after.get_or_insert_with(|| id.clone());
                }
            }
        }
        let by_name = Self { orientation: 1, format: by_name(resource), ..Self::default() };
        let known =
            found.map_or(by_name, |(path, facts)| Self::from_facts(&facts, From::File { path, after }));
        match fact {
            // The caller's size is meant as it is: how the file is turned no longer matters.
            Some(SourceFact { size, format: None }) => {
                Self { size: Some(size), orientation: 1, from: From::Caller, ..known }
            }
            // Of another format than the file nothing else is known.
            Some(SourceFact { size, format }) if known.format != format => Self {
                size: Some(size),
                orientation: 1,
                format,
                alpha: (format == Some(Format::Jpeg)).then_some(false),
                from: From::Caller,
                ..Self::default()
            },
            Some(SourceFact { size, .. }) => {
                Self { size: Some(size), orientation: 1, from: From::Caller, ..known }
            }
            None => known,
        }
    }

    fn from_facts(facts: &Facts, from: From) -> Self {
        Self {
            size: Some((facts.width, facts.height)),
            orientation: facts.orientation,
            format: Some(facts.format),
            alpha: Some(facts.alpha),
            frames: facts.frames,
            part: false,
            jpeg_quality: facts.jpeg_quality,
            from,
        }
    }

    /// Takes one frame out, where there are several.
    ///
    /// # Errors
    /// As a server, for one that is not there.
    pub(super) fn part(self, page: Page, resource: &str) -> Result<Self, UrlError> {
        if self.format.is_some() && matches!(self.from, From::File { .. }) {
            frame_number(page, self.frames.max(1), resource)?;
        }
        Ok(Self { part: self.frames > 1, frames: 1, ..self })
    }

    /// More than one frame.
    pub(super) fn is_animated(&self) -> bool {
        self.frames > 1
    }

    /// Refuses what is too large to be decoded, in the server's words; nothing whose size is not known.
    pub(super) fn admit(&self, endpoint: &EndpointConfig) -> Result<(), PixelError> {
        let Some((width, height)) = self.size else { return Ok(()) };
        let facts = Facts {
            // Of all that are decoded the limits are the same.
            format: self.format.unwrap_or(Format::Jpeg),
            width,
            height,
            orientation: self.orientation,
            alpha: self.alpha.unwrap_or_default(),
            frames: self.frames.max(1),
            bit_depth: 8,
            progressive: false,
            jpeg_quality: self.jpeg_quality,
            has_profile: false,
            gray: false,
            chroma: ChromaGrid::FULL,
            cmyk: false,
            lossless: false,
        };
        admit(&facts, &Limits { max_pixels: endpoint.limits.max_pixels, ..Limits::default() })
    }

    /// The same as the plan takes it, when the size is known.
    pub(super) fn source(&self, endpoint: &EndpointConfig) -> Option<Source> {
        Some(source(self.size?, self.orientation, endpoint))
    }
}

/// Originals of several shapes, to read parameters with.
pub(super) fn assumed(endpoint: &EndpointConfig) -> [Source; 4] {
    ASSUMED.map(|size| source(size, 1, endpoint))
}

fn source((width, height): (u32, u32), orientation: u8, endpoint: &EndpointConfig) -> Source {
    Source {
        width,
        height,
        orientation,
        auto_orient: endpoint.optimization.auto_orient,
        max_pixels: endpoint.limits.max_pixels,
    }
}

fn header(path: &Path) -> Option<Facts> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(HEADER_BYTES).read_to_end(&mut bytes).ok()?;
    inspect(&bytes).ok()
}

/// The format that a file name promises.
fn by_name(resource: &str) -> Option<Format> {
    let (_, extension) = resource.rsplit_once('.')?;
    format_of(extension)
}

/// The format that an extension promises.
pub(crate) fn format_of(extension: &str) -> Option<Format> {
    Some(match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => Format::Jpeg,
        "png" => Format::Png,
        "webp" => Format::Webp,
        "avif" => Format::Avif,
        "gif" => Format::Gif,
        "svg" | "svgz" => Format::Svg,
        "tif" | "tiff" => Format::Tiff,
        "bmp" => Format::Bmp,
        "ico" => Format::Ico,
        _ => return None,
    })
}
