//! The decoders of JPEG that give scaled planes, and which of them takes a file.

use std::fmt;

use imgplane_codec_jpeg::{Color, Error, Header, Limits, Planes, Sampling, Scale, decode_planes};

/// A decoder that leaves out what a smaller picture does not need.
///
/// What it gives at 1/N is the mean of every N by N samples of what it gives in full, as far as rounding and the ends of the
/// range let it be: that is what the coefficients of low frequency say. Two decoders that take the same file give the
/// same planes; a fuzz target compares them.
pub trait ScaledDecoder: fmt::Debug + Sync {
    /// Tells from the header alone whether files like this are decoded here.
    fn accepts(&self, header: &Header) -> bool;

    /// Decodes a file whose header was accepted.
    fn planes(&self, bytes: &[u8], scale: Scale, limits: &Limits) -> Result<Planes, Error>;
}

/// The decoders in the order in which they are asked. What none of them takes is decoded to pixels.
pub const JPEG_DECODERS: &[&dyn ScaledDecoder] = &[&LibjpegTurbo];

/// The first decoder that takes files with this header.
pub(super) fn decoder(header: &Header) -> Option<&'static dyn ScaledDecoder> {
    JPEG_DECODERS.iter().copied().find(|decoder| decoder.accepts(header))
}

/// libjpeg-turbo, which takes every grey and every YCbCr file of a usual chroma sampling.
#[derive(Debug)]
struct LibjpegTurbo;

impl ScaledDecoder for LibjpegTurbo {
    fn accepts(&self, header: &Header) -> bool {
        matches!(header.color, Color::Gray | Color::YCbCr) && header.sampling != Sampling::Unknown
    }

    fn planes(&self, bytes: &[u8], scale: Scale, limits: &Limits) -> Result<Planes, Error> {
        decode_planes(bytes, scale, limits)
    }
}
