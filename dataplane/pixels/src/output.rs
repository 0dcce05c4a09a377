//! What the caller wants to get: format, quality, colour, metadata, effort.

use crate::Format;

/// How the result is to be written.
#[expect(clippy::struct_excessive_bools, reason = "independent switches, named as the settings are")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// Which format.
    pub format: FormatChoice,
    /// Which of several possible formats is taken.
    pub selection: Selection,
    /// How good.
    pub quality: Quality,
    /// Progressive JPEG; other formats ignore it.
    pub progressive: bool,
    /// Lossless WebP and PNG, whatever their effort; other formats ignore it.
    pub lossless: bool,
    /// Keep the colour profile and leave the pixels as they are. `false`: pixels become sRGB.
    pub keep_profile: bool,
    /// Keep EXIF (orientation rewritten), XMP and the colour profile.
    pub keep_metadata: bool,
    /// Chroma resolution of JPEG.
    pub chroma: Chroma,
    /// Effort of PNG.
    pub png: PngEffort,
    /// How far decoders may shrink on their own.
    pub shrink: Shrink,
    /// Which decoders of JPEG are asked.
    pub jpeg_decoder: JpegDecoder,
    /// Effort of WebP, 0 (fast) to 6 (small). 4 is the usual one.
    pub webp_method: u8,
    /// Speed of AVIF, 0 (small) to 10 (fast). 8 is the usual one.
    pub avif_speed: u8,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            format: FormatChoice::Source,
            selection: Selection::Preferred,
            quality: Quality { explicit: None, default: Some(80), most: None },
            progressive: false,
            lossless: false,
            keep_profile: false,
            keep_metadata: false,
            chroma: Chroma::Auto,
            png: PngEffort::Minimum,
            shrink: Shrink::Margin,
            jpeg_decoder: JpegDecoder::Auto,
            webp_method: 4,
            avif_speed: 8,
        }
    }
}

/// Which format the result gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatChoice {
    /// This one. WebP sides above 16383 are refused. GIF from another source, formats that are never written, and AVIF
    /// together with a kept profile are not honoured: the fallback of the source's format is taken.
    Fixed(Format),
    /// The first possible of AVIF, WebP and the fallback of the source's format.
    Negotiated {
        /// The client takes AVIF.
        avif: bool,
        /// The client takes WebP.
        webp: bool,
    },
    /// The source's own format; PNG when the result has alpha and that format cannot hold it.
    Source,
}

/// What decides between the formats that [`FormatChoice::Negotiated`] leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selection {
    /// AVIF before WebP before the fallback.
    #[default]
    Preferred,
    /// All are written, and the smallest is taken; of equally small ones the one that would be preferred. Costs as much
    /// time as all of them.
    Smallest,
}

/// Quality of lossy formats, 1-100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Asked for in the request: taken as it is.
    pub explicit: Option<u8>,
    /// Otherwise this one, but a JPEG that was saved with less is not raised. `None`: the source's own (80 if unknown).
    pub default: Option<u8>,
    /// In no case more than this.
    pub most: Option<u8>,
}

/// Chroma resolution of JPEG output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chroma {
    /// 4:2:0 below quality 90, 4:4:4 from there on.
    #[default]
    Auto,
    /// 4:4:4.
    Full,
    /// 4:2:0.
    Half,
}

/// Effort of PNG output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PngEffort {
    /// Recompressed with adaptive filters, reduced to grey or a palette where that is exact.
    #[default]
    Minimum,
    /// Written without optimisation.
    None,
    /// Reduced to a palette of 256 colours with dithering where that makes it smaller, then compressed as well as
    /// deflate can. Not lossless unless [`Output::lossless`] says so, or there are no more colours anyway.
    Maximum,
}

/// How far decoders may shrink a picture on their own, by 8, 4 or 2, before the resampler takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shrink {
    /// Not at all: all pixels go to the resampler.
    Off,
    /// Leaves the resampler at least 1.25 times the target on both axes; 1.5 times of a WebP, and where the result is without
    /// loss or of quality 90 and more; 3 times of a PNG.
    #[default]
    Margin,
    /// As soon as the total shrink reaches it, as imgproxy does: faster, a little softer. Leaves 1.5 times of a PNG.
    Fast,
}

/// Which decoders of JPEG are asked. The pictures are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JpegDecoder {
    /// Our own for what it takes, which is faster, and libjpeg-turbo for the rest.
    #[default]
    Auto,
    /// libjpeg-turbo alone.
    Turbo,
}
