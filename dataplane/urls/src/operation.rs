//! What comes out of this crate for one source: steps with exact sizes, pixel operations, output wishes.

use crate::{Color, Fill, Gradient, Radius, Recolour, Rect, ResolvedLayer, Shadow, Size, Unsharp};

/// How strict a string is read; from the endpoint's `compat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// `true`: an unknown key is an error. `false`: it is ignored and named in a warning.
    pub reject_unknown: bool,
    /// `true`: a value that does not parse is an error. `false`: it is ignored and named in a warning.
    pub reject_invalid: bool,
    /// `true`: overlay parameters of before layers become layers. `false`: they are an error.
    pub translate_overlays: bool,
}

/// Facts of the source that sizes depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Width as stored, in pixels.
    pub width: u32,
    /// Height as stored, in pixels.
    pub height: u32,
    /// EXIF orientation, 1-8; anything else counts as 1.
    pub orientation: u8,
    /// The endpoint applies the EXIF orientation.
    pub auto_orient: bool,
    /// Largest image allowed after any step, in pixels.
    pub max_pixels: u64,
}

/// What the client said of its display.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Hints {
    /// `Sec-CH-Width`, in device pixels.
    pub width: Option<f64>,
    /// `Sec-CH-DPR`.
    pub dpr: Option<f64>,
}

/// Width hints are rounded up to a multiple of this, so that few sizes are made.
const WIDTH_STEP: f64 = 100.0;
/// Larger hints count as this, which is more than any side may have.
const WIDEST: f64 = 65_600.0;
/// Pixel ratios that count.
pub(crate) const DPR: std::ops::RangeInclusive<f64> = 0.1..=5.0;

impl Hints {
    /// The width hint as it counts: rounded up to the next multiple of 100.
    pub fn rounded_width(&self) -> Option<f64> {
        let width = self.width.filter(|width| width.is_finite() && *width > 0.0)?;
        Some(((width / WIDTH_STEP).ceil() * WIDTH_STEP).min(WIDEST))
    }

    /// The pixel ratio as it counts: two decimals, from 0.1 to 5. No client can ask for endlessly many pictures by it.
    pub fn rounded_dpr(&self) -> Option<f64> {
        let dpr = self.dpr.filter(|dpr| dpr.is_finite() && *dpr > 0.0)?;
        Some(two_decimals(dpr).clamp(*DPR.start(), *DPR.end()))
    }

    /// `Content-DPR` of a picture that a width hint decided: its width over the hint in CSS pixels, two decimals.
    pub fn content_dpr(&self, width: u32) -> f64 {
        let usable = |hint: &f64| hint.is_finite() && *hint > 0.0;
        let dpr = self.rounded_dpr().unwrap_or(1.0);
        let hint = self.width.filter(usable).unwrap_or_else(|| f64::from(width));
        two_decimals(f64::from(width) / (hint / dpr))
    }
}

pub(crate) fn two_decimals(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A plan applied to one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Apply the EXIF orientation before everything else.
    pub orient: bool,
    /// Upright size of the source: what the steps start from.
    pub source: Size,
    /// Steps in order; branches that were not taken are left out.
    pub steps: Vec<ResolvedStep>,
    /// Size after all steps.
    pub size: Size,
    /// How to encode.
    pub output: OutputRequest,
    /// `orig-true` stands in a branch that was taken: deliver the source bytes unchanged, ignore the rest.
    pub original: bool,
    /// Warnings of the plan and of this resolution, for `ik-warning`. ASCII.
    pub warnings: Vec<String>,
    /// Value of the `Content-DPR` header, two decimals; present when a client hint was used.
    pub content_dpr: Option<f64>,
    /// It follows from the width hint, see [`Hints::content_dpr`]; clients with another hint may share the picture.
    pub width_hinted: bool,
}

/// One step of the chain with its sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedStep {
    /// Keys and values in their normal spelling, in the order written; effects have `e-NAME` as key.
    pub params: Vec<(String, String)>,
    /// Size that the step receives.
    pub input: Size,
    /// Size that it leaves.
    pub output: Size,
    /// What is done to the pixels, in order. Empty: nothing.
    pub operations: Vec<Operation>,
    /// What is drawn on the result of these, in order.
    pub layers: Vec<ResolvedLayer>,
    /// What a reader of `explain` may wonder about.
    pub notes: Vec<String>,
}

/// One thing done to pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operation {
    /// Scale the whole image to `scaled`, then cut `window` out of it.
    Resize {
        /// Size of the whole image after scaling.
        scaled: Size,
        /// Part that stays, inside `scaled`; the whole of it when nothing is cut.
        window: Rect,
    },
    /// Cut without scaling.
    Extract {
        /// Part that stays.
        rect: Rect,
    },
    /// Put the image on a filled canvas.
    Pad {
        /// Size of the canvas.
        canvas: Size,
        /// Left edge of the image on the canvas; negative or too far right: cut.
        x: i64,
        /// Top edge of the image on the canvas; negative or too far down: cut.
        y: i64,
        /// What stands where the image does not.
        fill: Fill,
    },
    /// Keep the part that draws the eye.
    Attend {
        /// Size of the part.
        window: Size,
    },
    /// Give one colour the place of another.
    Recolour(Recolour),
    /// Mix the image with its luma in a colour.
    Colorize {
        /// The colour.
        color: Color,
        /// Share of the tint, 0-1.
        share: f32,
    },
    /// Luma of Rec. 709 in all channels, alpha kept.
    Grayscale,
    /// Stretch the luma so that its 1st and 99th percentiles become 0 and 255.
    Contrast,
    /// Sharpen.
    Unsharp(Unsharp),
    /// Gaussian blur.
    Blur {
        /// Standard deviation in pixels.
        sigma: f32,
    },
    /// Move the corners on the same canvas.
    Perspective {
        /// Where they go: top left, top right, bottom right, bottom left, as x and y.
        corners: [(f64, f64); 4],
    },
    /// Bend the image upward (positive) or downward.
    Arc {
        /// Degrees of the arc that its width becomes.
        degrees: f64,
        /// Size of the result.
        canvas: Size,
    },
    /// Lay a gradient over the image.
    Gradient(Gradient),
    /// Lay a shadow under the image.
    Shadow(Shadow),
    /// Border around the image and rounded corners, together.
    Frame {
        /// Width in pixels by which every side grows, and its colour.
        border: Option<(u32, Color)>,
        /// Top left, top right, bottom right, bottom left of the OUTER outline; inside the border each radius is
        /// smaller by the border's width. Outside the outline the image becomes transparent.
        radii: Option<[Radius; 4]>,
    },
    /// Turn clockwise.
    Rotate {
        /// 1, 2 or 3 quarter turns.
        quarter_turns: u8,
    },
    /// Mirror.
    Flip {
        /// Left to right.
        horizontal: bool,
        /// Top to bottom.
        vertical: bool,
    },
    /// Turn clockwise by any other angle.
    Tilt {
        /// Degrees.
        degrees: f64,
        /// Size of the result: the box around the turned image.
        canvas: Size,
    },
    /// Make the image more transparent.
    Opacity {
        /// Factor of alpha, 0-1.
        share: f32,
    },
    /// Put the image on something wherever it is transparent.
    Background {
        /// What; the alpha of a colour stays.
        fill: Fill,
    },
}

/// Wishes for the encoding; absent means the endpoint decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputRequest {
    /// `f`.
    pub format: Option<FormatRequest>,
    /// `q`, 1-100.
    pub quality: Option<u8>,
    /// `pr`: progressive JPEG.
    pub progressive: Option<bool>,
    /// `lo`: lossless WebP or PNG.
    pub lossless: Option<bool>,
    /// `cp`: keep the ICC profile.
    pub color_profile: Option<bool>,
    /// `md`: keep EXIF, XMP, IPTC and the ICC profile.
    pub metadata: Option<bool>,
}

/// Values of `f`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FormatRequest {
    /// Negotiate, also where the endpoint does not by itself.
    Auto,
    /// `jpg`, `jpeg`.
    Jpeg,
    /// `png`.
    Png,
    /// `webp`.
    Webp,
    /// `avif`.
    Avif,
    /// `gif`: only from a GIF, else ignored.
    Gif,
    /// `svg`: only from an SVG, else ignored.
    Svg,
    /// `orig`: the format of the source; transformations still apply.
    Source,
}

// === impl Resolved ===

impl Resolved {
    /// Whether `e-usm` acts anywhere, in layers too: what it was laid on does not become AVIF.
    pub fn has_unsharp_mask(&self) -> bool {
        fn in_steps(steps: &[ResolvedStep]) -> bool {
            steps.iter().any(|step| {
                step.params.iter().any(|(key, _)| key == "e-usm")
                    || step.layers.iter().any(|layer| in_steps(&layer.steps))
            })
        }
        in_steps(&self.steps)
    }
}

// === impl Rules ===

impl Default for Rules {
    /// The endpoint's defaults: unknown keys are ignored, bad values and old overlay parameters are errors.
    fn default() -> Self {
        Self { reject_unknown: false, reject_invalid: true, translate_overlays: false }
    }
}
