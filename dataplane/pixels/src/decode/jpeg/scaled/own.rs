//! imgplane's own decoder, which reads only what a smaller picture needs.

use imgplane_codec_jpeg::{Color, Error, Header, Limits, Plane, Planes, Sampling, Scale};
use imgplane_jpeg as own;

use super::ScaledDecoder;

/// Takes what nearly all files are: Huffman coding, 8 bits, grey or YCbCr, at less than full size. Files that are not as
/// an encoder writes them it leaves to libjpeg-turbo.
#[derive(Debug)]
pub(super) struct Own;

impl ScaledDecoder for Own {
    fn name(&self) -> &'static str {
        "own"
    }

    fn accepts(&self, header: &Header, scale: Scale) -> bool {
        // libjpeg-turbo cannot give this one at an eighth, so that there is nothing to be equal to.
        let odd = header.sampling == Sampling::S411 && scale == Scale::Eighth && header.width <= 8;
        matches!(header.color, Color::Gray | Color::YCbCr)
            && header.sampling != Sampling::Unknown
            && header.precision == 8
            && !header.arithmetic
            && !header.lossless
            && reduced(scale).is_some()
            && !odd
    }

    fn planes(
        &self,
        bytes: &[u8],
        header: &Header,
        scale: Scale,
        limits: &Limits,
    ) -> Result<Option<Planes>, Error> {
        let Some(reduced) = reduced(scale) else { return Ok(None) };
        match own::decode(bytes, reduced, own::Limits { max_scans: limits.max_scans }) {
            Ok(decoded) => Ok(Some(Planes {
                width: decoded.width,
                height: decoded.height,
                sampling: header.sampling,
                planes: decoded.planes.into_iter().map(plane).collect(),
                warning: decoded.stray.then(|| "extraneous bytes behind a scan".to_owned()),
            })),
            Err(own::Error::TooManyScans { limit }) => Err(Error::TooManyScans { limit }),
            Err(own::Error::Unsupported { .. } | own::Error::Damaged { .. }) => Ok(None),
        }
    }
}

/// The scales at which there is something to be left out.
fn reduced(scale: Scale) -> Option<own::Scale> {
    match scale {
        Scale::Full => None,
        Scale::Half => Some(own::Scale::Half),
        Scale::Quarter => Some(own::Scale::Quarter),
        Scale::Eighth => Some(own::Scale::Eighth),
    }
}

fn plane(plane: own::Plane) -> Plane {
    Plane { data: plane.data, width: plane.width, height: plane.height, stride: plane.stride }
}
