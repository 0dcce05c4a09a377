//! The style of a text layer.

use super::block::{NO_PICTURE, faded, is_plain, opacity};
use super::{Draft, Settings, Whole};
use crate::expression::Operand;
use crate::message::Shown;
use crate::plan::findings::Findings;
use crate::plan::reader::Entry;
use crate::setting::{Background, LayerSetting as To, Length, Padding, Setting};
use crate::{Align, Color, Font, Typography};

/// Font size in pixels where `fs` says no other.
const FONT_SIZE: f64 = 45.0;

/// Text with its style; lengths may depend on the parent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) content: String,
    pub(crate) width: Option<Length>,
    pub(crate) font: Font,
    pub(crate) font_size: Operand,
    pub(crate) color: Color,
    pub(crate) background: Option<Color>,
    pub(crate) align: Align,
    pub(crate) padding: Padding,
    pub(crate) line_height: Option<Operand>,
    pub(crate) typography: Typography,
}

impl Text {
    /// Takes the style out of what was read; it describes one box, whichever steps its keys stand in.
    pub(super) fn take(
        content: String,
        whole: &mut Whole<'_>,
        findings: &mut Findings<'_>,
        settings: &mut Settings,
    ) -> Self {
        let mut style = Self {
            content,
            width: None,
            font: Font::default(),
            font_size: Operand::Number(FONT_SIZE),
            color: Color::BLACK,
            background: None,
            align: Align::default(),
            padding: Padding::Each([0; 4]),
            line_height: None,
            typography: Typography::default(),
        };
        let opacity = opacity(whole);
        style.color = faded(style.color, opacity);
        for key in ["w", "fs", "ff", "co", "ia", "pa", "lh", "tg", "bg"] {
            let Some(Entry { setting, pair, .. }) = whole.take(key) else { continue };
            let opacity = opacity.filter(|_| is_plain(pair.value));
            match setting {
                Setting::Width(length) => style.width = Some(length),
                Setting::Background(Background::Solid(color)) => {
                    style.background = Some(faded(color, opacity));
                }
                Setting::Layer(To::Length(length)) if key == "fs" => style.font_size = length,
                Setting::Layer(To::Length(length)) => style.line_height = Some(length),
                Setting::Layer(To::Font(Some(font))) => style.font = font,
                Setting::Layer(To::Font(None)) => findings.warn(|| {
                    format!("ff: {} is no built-in font; Open Sans stands in for it", Shown(pair.value))
                }),
                Setting::Layer(To::Color(color)) => style.color = faded(color, opacity),
                Setting::Layer(To::Align(align)) => style.align = align,
                Setting::Layer(To::Padding(padding)) => style.padding = padding,
                Setting::Layer(To::Typography(typography)) => style.typography = typography,
                _ => findings.ignore_because(&pair, NO_PICTURE),
            }
        }
        style.show(settings);
        style
    }

    /// What differs from the defaults.
    fn show(&self, settings: &mut Settings) {
        if let Some(width) = &self.width {
            settings.push(("w", Setting::Width(width.clone())));
        }
        let mut push = |key, setting| settings.push((key, Setting::Layer(setting)));
        if self.font_size != Operand::Number(FONT_SIZE) {
            push("fs", To::Length(self.font_size.clone()));
        }
        if self.font != Font::default() {
            push("ff", To::Font(Some(self.font.clone())));
        }
        if self.color != Color::BLACK {
            push("co", To::Color(self.color));
        }
        if self.align != Align::default() {
            push("ia", To::Align(self.align));
        }
        if self.padding != Padding::Each([0; 4]) {
            push("pa", To::Padding(self.padding.clone()));
        }
        if let Some(height) = &self.line_height {
            push("lh", To::Length(height.clone()));
        }
        if self.typography != Typography::default() {
            push("tg", To::Typography(self.typography));
        }
        if let Some(background) = self.background {
            settings.push(("bg", Setting::Background(Background::Solid(background))));
        }
    }
}

/// Text is mirrored before it is turned, unlike a picture: steps that hold both become two.
pub(super) fn split(drafts: &mut Vec<Draft<'_>>) {
    if !drafts.iter().any(|draft| draft.entries.iter().any(|entry| entry.key == "fl")) {
        return;
    }
    for mut draft in std::mem::take(drafts) {
        let turn = if draft.entries.iter().any(|entry| entry.key == "fl") {
            Entry::take(&mut draft.entries, "rt")
        } else {
            None
        };
        match turn {
            None => drafts.push(draft),
            Some(turn) => {
                drafts.push(Draft { entries: draft.entries, layers: Vec::new() });
                drafts.push(Draft { entries: vec![turn], layers: draft.layers });
            }
        }
    }
}
