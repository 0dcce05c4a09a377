//! What the caller may choose, and how a JPEG-like quality becomes a quantiser.

/// The longest side AV1 can describe, in pixels.
pub const MAX_DIMENSION: u32 = 65_536;

/// libaom's fastest speed in its all-intra usage.
const MAX_SPEED: u8 = 9;

/// How to encode. The default is quality 80, speed 8, no metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// 1 to 100, on JPEG's scale: 80 looks like JPEG 80. Values outside are clamped.
    pub quality: u8,
    /// libaom's `cpu-used`, 0 (slowest, smallest) to 9 (fastest). Values above are clamped.
    pub speed: u8,
    /// An ICC profile, written as it is next to the `nclx` colour description.
    pub icc: Option<Vec<u8>>,
    /// EXIF as TIFF bytes, with or without the `Exif\0\0` prefix. Readers of AVIF ignore its orientation.
    pub exif: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { quality: 80, speed: 8, icc: None, exif: None }
    }
}

impl Options {
    /// The quantiser of the colour planes.
    pub(crate) fn color_quantizer(&self) -> u8 {
        quantizer(self.quality.clamp(1, 100))
    }

    /// The quantiser of the alpha plane: half way to the best, because ringing along a cut-out edge is seen long
    /// before the same error inside a texture, and alpha planes are small.
    pub(crate) fn alpha_quantizer(&self) -> u8 {
        quantizer(u8::midpoint(self.quality.clamp(1, 100), 100))
    }

    /// The clamped speed.
    pub(crate) fn clamped_speed(&self) -> u8 {
        self.speed.min(MAX_SPEED)
    }
}

/// Points of the map from quality to libaom's `cq-level` (0 best, 63 worst); linear in between.
///
/// Chosen so that the mean SSIMULACRA2 score equals that of JPEG (libjpeg-turbo, 4:2:0, optimised Huffman) at the same
/// quality. Measured over eight photographs scaled to 512 pixels, speed 8, mean bytes and score:
///
/// | quality | JPEG bytes | score | `cq-level` | AVIF bytes | score |
/// |--------:|-----------:|------:|-----------:|-----------:|------:|
/// |      10 |      5,265 |  -4.2 |         52 |      2,745 |  -3.4 |
/// |      30 |     12,269 |  50.3 |         36 |      8,501 |  50.5 |
/// |      50 |     17,444 |  64.2 |         30 |     13,329 |  64.5 |
/// |      60 |     20,142 |  67.9 |         28 |     14,948 |  67.5 |
/// |      70 |     24,289 |  72.8 |         25 |     18,024 |  72.1 |
/// |      75 |     26,849 |  75.1 |         23 |     20,204 |  74.9 |
/// |      80 |     30,883 |  77.8 |         19 |     23,681 |  78.1 |
/// |      85 |     36,616 |  80.8 |         16 |     26,828 |  80.5 |
/// |      90 |     46,421 |  84.5 |         11 |     34,744 |  84.4 |
/// |      95 |     66,747 |  88.7 |          6 |     49,264 |  88.4 |
/// |     100 |    132,851 |  92.1 |          1 |     92,262 |  91.5 |
///
/// Level 0 is left out: it switches to lossless coding, which gains nothing at 4:2:0 and costs 30 % more bytes.
const POINTS: [(u8, u8); 16] = [
    (1, 63),
    (5, 61),
    (10, 52),
    (20, 41),
    (30, 36),
    (40, 33),
    (50, 30),
    (60, 28),
    (70, 25),
    (75, 23),
    (80, 19),
    (85, 16),
    (90, 11),
    (95, 6),
    (98, 2),
    (100, 1),
];

/// Falls as quality rises, so that bytes and score rise with it.
fn quantizer(quality: u8) -> u8 {
    let mut from = POINTS[0];
    for to in POINTS {
        if quality <= to.0 {
            let (span, drop) = (u32::from(to.0 - from.0).max(1), u32::from(from.1 - to.1));
            let step = u32::from(quality - from.0.min(quality));
            return from.1 - ((drop * step + span / 2) / span) as u8;
        }
        from = to;
    }
    from.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantizer_never_rises_with_quality_and_stays_in_range() {
        let all: Vec<u8> = (1..=100).map(quantizer).collect();
        assert!(all.windows(2).all(|pair| pair[0] >= pair[1]), "{all:?}");
        assert!(all.iter().all(|level| *level <= 63));
        for (quality, level) in POINTS {
            assert_eq!(quantizer(quality), level, "quality {quality}");
        }
    }

    #[test]
    fn wild_values_are_clamped() {
        let low = Options { quality: 0, speed: 255, ..Options::default() };
        assert_eq!(low.color_quantizer(), quantizer(1));
        assert_eq!(low.clamped_speed(), 9);
        let high = Options { quality: 255, ..Options::default() };
        assert_eq!(high.color_quantizer(), quantizer(100));
        assert_eq!(high.alpha_quantizer(), quantizer(100));
    }
}
