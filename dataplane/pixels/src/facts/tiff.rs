//! The header of a TIFF: its first directory. Later pages are not looked at.

mod recast;

use std::io::ErrorKind;

use tiff::{
    ColorType, TiffError,
    decoder::{Decoder, Limits},
    tags::{CompressionMethod, Tag, Type, ValueBuffer},
};

use self::recast::Recast;
use super::Facts;
use crate::{Format, PixelError};

/// Largest value of a tag that is read, such as the places of all strips, or a profile.
const TAG_BYTES: usize = 4 << 20;
/// The mark of a raw file that a camera wrote: its first page is a preview.
const DNG_VERSION: Tag = Tag::Unknown(50_706);

/// What decoding needs beyond [`Facts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Colour channels as they are stored, without further ones.
    pub color: ColorType,
    /// Bits of a sample as it is stored.
    pub depth: u8,
    /// Colours that the samples, which look grey then, are numbers of.
    pub palette: Option<Vec<[u8; 3]>>,
    /// Samples of a pixel with all that is beyond colour.
    pub samples: u16,
    /// What the first sample beyond colour means: 1 is premultiplied alpha, 2 straight alpha.
    pub extra: Option<u16>,
    pub compression: Option<CompressionMethod>,
}

pub(crate) type Reader<'a> = Decoder<Recast<'a>>;

/// Opens the first page. `buffer`: bytes that decoding it may take.
pub(crate) fn open(bytes: &[u8], buffer: usize) -> Result<Reader<'_>, PixelError> {
    let mut limits = Limits::default();
    // Values of tags are held to the first one too.
    limits.decoding_buffer_size = buffer.max(TAG_BYTES);
    limits.intermediate_buffer_size = buffer.max(TAG_BYTES);
    limits.ifd_value_size = TAG_BYTES;
    Decoder::new(Recast::new(bytes)).map(|decoder| decoder.with_limits(limits)).map_err(error)
}

pub(crate) fn error(error: TiffError) -> PixelError {
    match error {
        TiffError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            PixelError::Truncated { format: Format::Tiff }
        }
        TiffError::UnsupportedError(error) => unsupported(error),
        error => PixelError::undecodable(Format::Tiff, error),
    }
}

/// A file that is not damaged, and not read all the same.
pub(crate) fn unsupported(why: impl std::fmt::Display) -> PixelError {
    PixelError::Unsupported { what: format!("This kind of TIFF ({why})") }
}

pub(crate) fn layout(reader: &mut Reader<'_>) -> Result<Layout, PixelError> {
    let extra = reader.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).map_err(error)?.unwrap_or_default();
    let samples = reader.find_tag_unsigned(Tag::SamplesPerPixel).map_err(error)?.unwrap_or(1);
    let compression = reader.find_tag_unsigned::<u16>(Tag::Compression).map_err(error)?;
    let color = reader.colortype().map_err(error)?;
    let depth = color.bit_depth();
    let palette = if reader.inner().is_recast() { Some(palette(reader, depth)?) } else { None };
    Ok(Layout {
        color,
        depth,
        palette,
        samples,
        extra: extra.first().copied(),
        compression: compression.and_then(CompressionMethod::from_u16),
    })
}

/// All reds, then all greens, then all blues, of 16 bits.
fn palette(reader: &mut Reader<'_>, depth: u8) -> Result<Vec<[u8; 3]>, PixelError> {
    let colors = 1_usize << depth.min(8);
    let map = reader.find_tag_unsigned_vec::<u16>(Tag::ColorMap).map_err(error)?.unwrap_or_default();
    let part = |index: usize| map.chunks_exact(colors).nth(index).filter(|_| depth <= 8);
    let (Some(red), Some(green), Some(blue)) = (part(0), part(1), part(2)) else {
        return Err(PixelError::undecodable(Format::Tiff, "its palette is not whole"));
    };
    let of =
        |((red, green), blue): ((&u16, &u16), &u16)| [*red, *green, *blue].map(|light| (light >> 8) as u8);
    Ok(red.iter().zip(green).zip(blue).map(of).collect())
}

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let mut reader = open(bytes, 0)?;
    let number = |reader: &mut Reader<'_>, tag| reader.find_tag_unsigned::<u32>(tag).map_err(error);
    let is_preview = number(&mut reader, Tag::NewSubfileType)?.is_some_and(|kind| kind & 1 != 0);
    if is_preview || reader.find_tag(DNG_VERSION).map_err(error)?.is_some() {
        return Err(PixelError::undecodable(
            Format::Tiff,
            "it is a raw file of a camera, or its first page is a preview",
        ));
    }
    let (width, height) = reader.dimensions().map_err(error)?;
    let Layout { color, palette, samples, extra, .. } = layout(&mut reader)?;
    let has_alpha = matches!(extra, Some(1 | 2));
    let (bit_depth, alpha) = match color {
        ColorType::Gray(depth)
        | ColorType::RGB(depth)
        | ColorType::YCbCr(depth)
        | ColorType::CMYK(depth)
        | ColorType::CMYKA(depth) => (depth, false),
        ColorType::GrayA(depth) | ColorType::RGBA(depth) => (depth, true),
        ColorType::Multiband { bit_depth, .. } if samples == 1 || extra.is_some() => (bit_depth, has_alpha),
        ColorType::Palette(_) | ColorType::Lab(_) | ColorType::Multiband { .. } | _ => {
            return Err(unsupported(format!("its colour model is {color:?}")));
        }
    };
    let orientation = number(&mut reader, Tag::Orientation)?;
    Ok(Facts {
        orientation: orientation
            .and_then(|value| u8::try_from(value).ok())
            .filter(|value| (1..=8).contains(value))
            .unwrap_or(1),
        alpha,
        bit_depth: if palette.is_some() { 8 } else { bit_depth },
        has_profile: reader.image_ifd().directory().contains(Tag::IccProfile),
        gray: palette.is_none()
            && matches!(color, ColorType::Gray(_) | ColorType::GrayA(_) | ColorType::Multiband { .. }),
        cmyk: matches!(color, ColorType::CMYK(_) | ColorType::CMYKA(_)),
        lossless: !matches!(color, ColorType::YCbCr(_)),
        ..Facts::plain(Format::Tiff, width, height)
    })
}

/// Takes the profile out of the first page.
pub(crate) fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut value = ValueBuffer::empty(Type::UNDEFINED);
    // As a list of values it would take 32 times its bytes, and those of inks would not fit.
    open(bytes, 0).ok()?.image_ifd().find_tag_buf(Tag::IccProfile, &mut value).ok()??;
    Some(value.as_bytes().to_vec())
}
