//! What may be decoded at all, judged from the header before anything is allocated.

use crate::{Facts, Format, PixelError};

/// Bounds on what a source may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of a picture, before and after every operation.
    pub max_pixels: u64,
    /// Pixels of one frame times frames of an animation.
    pub max_animation_pixels: u64,
    /// Scans of a progressive JPEG: each one walks over the whole picture again.
    pub max_scans: u32,
}

impl Default for Limits {
    /// 100 MP, 250 MP of animation, 200 scans (an encoder writes about 10).
    fn default() -> Self {
        Self { max_pixels: 100_000_000, max_animation_pixels: 250_000_000, max_scans: 200 }
    }
}

/// Refuses a source that is larger than `limits`, naming both numbers.
///
/// An SVG is always admitted: it costs by the size that it is drawn at, and is judged by that.
pub fn admit(facts: &Facts, limits: &Limits) -> Result<(), PixelError> {
    if facts.format == Format::Svg {
        return Ok(());
    }
    let pixels = u64::from(facts.width) * u64::from(facts.height);
    if pixels > limits.max_pixels {
        return Err(PixelError::Limit {
            what: format!("The source's resolution in pixels ({}x{})", facts.width, facts.height),
            value: pixels,
            limit: limits.max_pixels,
        });
    }
    let animation = pixels.saturating_mul(u64::from(facts.frames));
    if facts.frames > 1 && animation > limits.max_animation_pixels {
        return Err(PixelError::Limit {
            what: format!(
                "The animation's pixels times frames ({}x{}x{})",
                facts.width, facts.height, facts.frames
            ),
            value: animation,
            limit: limits.max_animation_pixels,
        });
    }
    Ok(())
}
