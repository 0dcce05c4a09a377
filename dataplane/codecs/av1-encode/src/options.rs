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
const POINTS: [(u8, u8); 2] = [(1, 63), (100, 2)];

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
