//! libjpeg-turbo, which takes every grey and every YCbCr file of a usual chroma sampling.

use imgplane_codec_jpeg::{Color, Error, Header, Limits, Planes, Sampling, Scale, decode_planes};

use super::ScaledDecoder;

/// Its name in metrics.
pub(in super::super) const NAME: &str = "turbo";

/// libjpeg-turbo. What it says of a damaged file is what is said.
#[derive(Debug)]
pub(super) struct LibjpegTurbo;

impl ScaledDecoder for LibjpegTurbo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn accepts(&self, header: &Header, _scale: Scale) -> bool {
        matches!(header.color, Color::Gray | Color::YCbCr) && header.sampling != Sampling::Unknown
    }

    fn planes(
        &self,
        bytes: &[u8],
        _header: &Header,
        scale: Scale,
        limits: &Limits,
    ) -> Result<Option<Planes>, Error> {
        decode_planes(bytes, scale, limits).map(Some)
    }
}
