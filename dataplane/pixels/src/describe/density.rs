//! How many dots per inch a file says it has.

use imgplane_codec_jpeg::markers::{APP0, SOS, segments};

use super::{Exif, Value};
use crate::{Facts, Format, facts::png::chunks};

/// Centimetres in an inch.
const INCH: f64 = 2.54;

/// As EXIF says, else as the file's own header does.
pub(super) fn of(bytes: &[u8], facts: &Facts, exif: &Exif) -> Option<u32> {
    let own = || match facts.format {
        Format::Jpeg => jfif(bytes),
        Format::Png => phys(bytes),
        Format::Webp
        | Format::Avif
        | Format::Gif
        | Format::Svg
        | Format::Tiff
        | Format::Bmp
        | Format::Ico => None,
    };
    from_exif(exif).or_else(own)
}

/// Nothing has no dots, and nothing has more than a hundred thousand.
fn whole(density: f64) -> Option<u32> {
    (0.5..=100_000.0).contains(&density).then(|| density.round() as u32)
}

fn from_exif(exif: &Exif) -> Option<u32> {
    let number = |name: &str| match exif.image.get(name)? {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        Value::Text(_) | Value::List(_) => None,
    };
    let resolution = number("XResolution")?;
    match exif.image.get("ResolutionUnit") {
        // Without a unit it is inches, says the standard.
        None | Some(Value::Integer(2)) => whole(resolution),
        Some(Value::Integer(3)) => whole(resolution * INCH),
        Some(_) => None,
    }
}

fn jfif(bytes: &[u8]) -> Option<u32> {
    let mut header = segments(bytes).take_while(|segment| segment.marker != SOS);
    let [_, _, unit, high, low, ..] = header
        .find_map(|segment| segment.payload.strip_prefix(b"JFIF\0").filter(|_| segment.marker == APP0))?
    else {
        return None;
    };
    let resolution = f64::from(u16::from_be_bytes([*high, *low]));
    match unit {
        1 => whole(resolution),
        2 => whole(resolution * INCH),
        // A ratio, and no density.
        _ => None,
    }
}

fn phys(bytes: &[u8]) -> Option<u32> {
    let data = chunks(bytes).find(|chunk| chunk.name == b"pHYs")?.data;
    let (per_metre, rest) = data.split_first_chunk::<4>()?;
    (rest.get(4) == Some(&1)).then(|| whole(f64::from(u32::from_be_bytes(*per_metre)) * INCH / 100.0))?
}
