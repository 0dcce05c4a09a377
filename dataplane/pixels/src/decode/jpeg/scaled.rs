//! The decoders of JPEG that give scaled planes, and which of them takes a file.

mod own;
mod turbo;

use std::fmt;

use imgplane_codec_jpeg::{Error, Header, Limits, Planes, Scale};

pub(super) use self::turbo::NAME as TURBO;
use self::{own::Own, turbo::LibjpegTurbo};
use crate::JpegDecoder;

/// A decoder that leaves out what a smaller picture does not need.
///
/// What it gives at 1/N is the mean of every N by N samples of what it gives in full, as far as rounding and the ends of the
/// range let it be: that is what the coefficients of low frequency say. Two decoders that take the same file give the
/// same planes; a fuzz target compares them.
pub trait ScaledDecoder: fmt::Debug + Sync {
    /// Its name in metrics.
    fn name(&self) -> &'static str;

    /// Tells from the header alone whether files like this are decoded here, at this scale.
    fn accepts(&self, header: &Header, scale: Scale) -> bool;

    /// Decodes a file whose header was accepted. `None` leaves it to the next decoder: something in it is damaged or
    /// unusual, and is not judged here.
    fn planes(
        &self,
        bytes: &[u8],
        header: &Header,
        scale: Scale,
        limits: &Limits,
    ) -> Result<Option<Planes>, Error>;
}

/// The decoders in the order in which they are asked. What none of them takes is decoded to pixels.
pub const JPEG_DECODERS: &[&dyn ScaledDecoder] = &[&Own, &LibjpegTurbo];

/// Those of a choice that take files with this header.
pub(super) fn decoders(
    choice: JpegDecoder,
    header: &Header,
    scale: Scale,
) -> impl Iterator<Item = &'static dyn ScaledDecoder> {
    let chosen = move |decoder: &&dyn ScaledDecoder| match choice {
        JpegDecoder::Auto => true,
        JpegDecoder::Turbo => decoder.name() == TURBO,
    };
    JPEG_DECODERS.iter().copied().filter(chosen).filter(move |decoder| decoder.accepts(header, scale))
}
