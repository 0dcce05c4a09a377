//! Pixels to bytes: one encoder per format, and the choice between them.

pub(crate) mod animation;
mod avif;
pub(crate) mod choose;
mod gif;
mod indexed;
mod jpeg;
mod png;
pub(crate) mod quality;
mod webp;

use std::borrow::Cow;

use self::choose::{Pick, Wish};
use crate::{
    Chroma, ChromaGrid, Color, Format, Output, PixelError,
    color::{profile, ycbcr},
    image::{Channels, Image, Packed, Planar, Range},
    metadata::Metadata,
    operation::{
        background,
        sample::{self, Target},
        view::View,
    },
};

/// What formats without alpha show where nothing is.
const BLACK: Color = Color { red: 0, green: 0, blue: 0, alpha: u8::MAX };

/// From this quality on chroma keeps its full resolution when the setting is automatic. AVIF follows JPEG, so that equal
/// numbers look alike.
pub(crate) const FULL_CHROMA_FROM: u8 = 90;

/// How to write.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    pub output: &'a Output,
    /// Format of the source.
    pub source: Format,
    /// The picture is one of several in its source.
    pub part: bool,
    /// 1-100.
    pub quality: u8,
    pub metadata: Metadata,
}

/// A written picture.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub bytes: Vec<u8>,
    pub format: Format,
    /// `None` where quality has no meaning.
    pub quality: Option<u8>,
}

/// How planes should be sampled for the format that an opaque result will get.
pub(crate) fn target(format: Format, output: &Output, quality: u8) -> Target {
    match format {
        Format::Jpeg => Target { grid: grid_of(output.chroma, quality), range: Range::Full },
        Format::Webp if !output.lossless => Target { grid: ChromaGrid::HALF, range: Range::Limited },
        Format::Avif => Target { grid: grid_of(Chroma::Auto, quality), range: Range::Full },
        Format::Webp | Format::Png | Format::Gif | Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => {
            Target::WORKING
        }
    }
}

fn grid_of(chroma: Chroma, quality: u8) -> ChromaGrid {
    match chroma {
        Chroma::Full => ChromaGrid::FULL,
        Chroma::Auto if quality >= FULL_CHROMA_FROM => ChromaGrid::FULL,
        Chroma::Half | Chroma::Auto => ChromaGrid::HALF,
    }
}

/// Writes a picture in the format that fits it.
pub(crate) fn encode(image: Image, mut settings: Settings<'_>) -> Result<Encoded, PixelError> {
    let image = match image {
        Image::Packed(packed) => Image::Packed(packed.without_idle_alpha()),
        planar @ Image::Planar(_) => planar,
    };
    let alpha = matches!(&image, Image::Packed(packed) if packed.channels == Channels::Rgba);
    settings.metadata.icc = settings.metadata.icc.filter(|icc| fits(icc, &image));
    let wish = Wish {
        choice: settings.output.format,
        selection: settings.output.selection,
        source: settings.source,
        part: settings.part,
        alpha,
        size: image.size(),
        profile: settings.metadata.icc.is_some(),
    };
    match choose::choose(wish)? {
        Pick::One(format) => write(&image, format, &settings),
        Pick::Smallest(candidates) => {
            let mut best: Option<Encoded> = None;
            for format in candidates.iter() {
                let next = write(&image, format, &settings)?;
                if best.as_ref().is_none_or(|best| next.bytes.len() < best.bytes.len()) {
                    best = Some(next);
                }
            }
            best.ok_or_else(|| PixelError::internal("there was no format to choose from"))
        }
    }
}

/// A profile can stay only with pixels of its own model. Grey pixels can be written as colour.
fn fits(icc: &[u8], image: &Image) -> bool {
    let gray = matches!(image, Image::Planar(planar) if planar.is_gray());
    match profile::model(icc) {
        Some(profile::Model::Rgb) => true,
        Some(profile::Model::Gray) => gray,
        Some(profile::Model::Cmyk) | None => false,
    }
}

fn write(image: &Image, format: Format, settings: &Settings<'_>) -> Result<Encoded, PixelError> {
    let quality = settings.quality;
    let (bytes, quality) = match format {
        Format::Jpeg => (jpeg::write(image, settings)?, Some(quality)),
        Format::Webp => (webp::write(image, settings)?, webp::quality(settings.output, quality)),
        Format::Avif => (avif::write(image, settings)?, Some(quality)),
        Format::Png => (png::write(image, settings)?, None),
        Format::Gif => (gif::write(image)?, None),
        Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => {
            return Err(PixelError::internal(format!("{format} is never written")));
        }
    };
    Ok(Encoded { bytes, format, quality })
}

impl Settings<'_> {
    /// The profile describes colour: grey planes need chroma beside them.
    fn wants_color(&self) -> bool {
        self.metadata.icc.as_deref().and_then(profile::model) == Some(profile::Model::Rgb)
    }
}

/// Gives planes as an encoder wants them, borrowed if they are so already.
fn planes(image: &Image, target: Target) -> Result<Cow<'_, Planar>, PixelError> {
    match image {
        Image::Planar(planar) if sample::is_ready(planar, target) => Ok(Cow::Borrowed(planar)),
        Image::Planar(planar) => resampled(planar, target).map(Cow::Owned),
        Image::Packed(packed) if packed.channels == Channels::Rgba => {
            let flat = background::over(packed.clone(), BLACK);
            resampled(&ycbcr::from_rgb(&flat)?, target).map(Cow::Owned)
        }
        Image::Packed(packed) => resampled(&ycbcr::from_rgb(packed)?, target).map(Cow::Owned),
    }
}

fn resampled(planar: &Planar, target: Target) -> Result<Planar, PixelError> {
    sample::planes(planar, &View::whole(planar.size()), target)
}

/// Gives interleaved pixels, borrowed if they are so already.
fn pixels(image: &Image) -> Result<Cow<'_, Packed>, PixelError> {
    match image {
        Image::Packed(packed) => Ok(Cow::Borrowed(packed)),
        Image::Planar(planar) if sample::is_ready(planar, Target::WORKING) => {
            ycbcr::to_rgb(planar).map(Cow::Owned)
        }
        Image::Planar(planar) => ycbcr::to_rgb(&resampled(planar, Target::WORKING)?).map(Cow::Owned),
    }
}
