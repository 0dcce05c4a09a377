//! The header of a JPEG: frame, colour, sampling, quantisation tables, EXIF orientation.

use imgplane_codec_jpeg::{Color, Error, markers, read_header};

use super::{ChromaGrid, Facts};
use crate::{Format, PixelError};

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let header = read_header(bytes).map_err(|error| match error {
        Error::Truncated => PixelError::Truncated { format: Format::Jpeg },
        error => PixelError::undecodable(Format::Jpeg, error),
    })?;
    let refused = if header.lossless {
        Some("Lossless JPEG")
    } else if header.arithmetic {
        Some("Arithmetic coding in JPEG")
    } else if header.precision != 8 {
        Some("JPEG with other than 8 bits per sample")
    } else {
        None
    };
    if let Some(what) = refused {
        return Err(PixelError::Undecodable {
            format: Some(Format::Jpeg),
            reason: format!("{what} is not supported"),
        });
    }
    let (x, y) = header.sampling.factors();
    Ok(Facts {
        orientation: markers::exif(bytes).and_then(markers::orientation).unwrap_or(1),
        progressive: header.progressive || header.multi_scan,
        jpeg_quality: markers::quality(bytes),
        has_profile: markers::icc(bytes).is_some(),
        gray: header.color == Color::Gray,
        // The factors are 1, 2 or 4.
        chroma: ChromaGrid { x: x as u8, y: y as u8 },
        cmyk: matches!(header.color, Color::Cmyk | Color::Ycck),
        ..Facts::plain(Format::Jpeg, header.width, header.height)
    })
}
