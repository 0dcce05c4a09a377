//! `i-ik_canvas`: a filled rectangle.

use super::{Settings, Whole};
use crate::Color;
use crate::plan::findings::Findings;
use crate::plan::reader::Entry;
use crate::setting::{Background, LayerSetting, Length, Setting};

/// A rectangle and its filling.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// A missing side is that of the parent.
    pub(crate) width: Option<Length>,
    pub(crate) height: Option<Length>,
    pub(crate) fill: Color,
}

impl Block {
    /// Takes the size and the filling out of the first step; later ones find the rectangle there.
    pub(super) fn take(
        whole: &mut Whole<'_>,
        first: Option<&mut Vec<Entry<'_>>>,
        findings: &mut Findings<'_>,
        settings: &mut Settings,
    ) -> Self {
        let (mut width, mut height) = (None, None);
        let mut fill = None;
        let mut gradient = false;
        if let Some(entries) = first {
            for key in ["w", "h", "bg"] {
                let Some(entry) = Entry::take(entries, key) else { continue };
                match entry.setting {
                    Setting::Width(length) => {
                        settings.push(("w", Setting::Width(length.clone())));
                        width = Some(length);
                    }
                    Setting::Height(length) => {
                        settings.push(("h", Setting::Height(length.clone())));
                        height = Some(length);
                    }
                    Setting::Background(Background::Solid(color)) => {
                        fill = Some((color, is_plain(entry.pair.value)));
                    }
                    _ => findings.ignore_because(&entry.pair, NO_PICTURE),
                }
            }
            gradient =
                entries.iter().any(|entry| entry.key == "e-gradient" && entry.setting != Setting::Nothing);
        }
        let opacity = opacity(whole);
        let fill = match fill {
            Some((color, plain)) => faded(color, opacity.filter(|_| plain)),
            // A gradient with gaps shows what is below, not black.
            None if gradient => Color::TRANSPARENT,
            None => faded(Color::BLACK, opacity),
        };
        if fill != Color::BLACK {
            settings.push(("bg", Setting::Background(Background::Solid(fill))));
        }
        Self { width, height, fill }
    }
}

/// Why a background that is made from a picture is left out of text and blocks.
pub(super) const NO_PICTURE: &str = "needs a picture";

/// `al`.
pub(super) fn opacity(whole: &mut Whole<'_>) -> Option<f64> {
    match whole.take("al")?.setting {
        Setting::Layer(LayerSetting::Opacity(part)) => Some(part),
        _ => None,
    }
}

/// The colour with the opacity of `al` in place of its own, in whole percent as URLs spell it.
pub(super) fn faded(color: Color, opacity: Option<f64>) -> Color {
    match opacity {
        Some(part) => Color { alpha: Color::alpha_of((part * 100.0).round() as u32), ..color },
        None => color,
    }
}

/// A colour of six hex digits, which is what `al` counts for.
pub(super) fn is_plain(value: &str) -> bool {
    let digits = value.strip_prefix('#').unwrap_or(value);
    digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}
