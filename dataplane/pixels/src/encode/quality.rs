//! Which quality a lossy result gets.

use crate::{Facts, Quality};

/// Taken when neither the request, the settings nor the source say anything.
const UNKNOWN: u8 = 80;

/// An explicit wish wins. A default does not raise a JPEG that was saved with less: bytes would be spent on its flaws.
pub(crate) fn effective(wish: Quality, source: &Facts) -> u8 {
    let quality = match (wish.explicit, wish.default, source.jpeg_quality) {
        (Some(explicit), _, _) => explicit,
        (None, Some(default), Some(estimate)) => default.min(estimate),
        (None, Some(default), None) => default,
        (None, None, estimate) => estimate.unwrap_or(UNKNOWN),
    };
    quality.min(wish.most.unwrap_or(100)).clamp(1, 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChromaGrid, Format};

    #[test]
    fn an_explicit_wish_wins_and_a_default_never_raises() {
        let table = [
            (Some(95), Some(80), Some(60), 95),
            (Some(0), Some(80), None, 1),
            (Some(150), None, None, 100),
            (None, Some(80), Some(60), 60),
            (None, Some(80), Some(92), 80),
            (None, Some(80), None, 80),
            (None, None, Some(92), 92),
            (None, None, None, 80),
        ];
        for (explicit, default, jpeg_quality, expected) in table {
            let facts = Facts {
                format: Format::Jpeg,
                width: 1,
                height: 1,
                orientation: 1,
                alpha: false,
                frames: 1,
                bit_depth: 8,
                progressive: false,
                jpeg_quality,
                has_profile: false,
                gray: false,
                chroma: ChromaGrid::HALF,
                cmyk: false,
                lossless: false,
            };
            let got = effective(Quality { explicit, default, most: None }, &facts);
            assert_eq!(got, expected, "{explicit:?} {default:?} {jpeg_quality:?}");
            let capped = effective(Quality { explicit, default, most: Some(50) }, &facts);
            assert_eq!(capped, expected.min(50), "{explicit:?} {default:?} {jpeg_quality:?}");
        }
    }
}
