//! Text as it is to be set.

use crate::{Color, Size};

/// Text with its style, every length in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBox {
    /// What it says; a line feed starts a line.
    pub text: String,
    /// Typeface.
    pub font: Font,
    /// Font size, greater than 0.
    pub font_size: f64,
    /// Colour of the letters.
    pub color: Color,
    /// Where lines sit inside the content.
    pub align: Align,
    /// Width of the content, which the box then keeps. `None`: that of the widest line.
    pub width: Option<u32>,
    /// Room around the content: top, right, bottom, left.
    pub padding: [u32; 4],
    /// From one baseline to the next. `None`: as the font says.
    pub line_height: Option<f64>,
    /// Bold and the like.
    pub typography: Typography,
    /// Fills content and padding.
    pub background: Option<Color>,
}

/// Typeface of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Font {
    /// One of the built-in families.
    BuiltIn(&'static str),
    /// A font file.
    File {
        /// Its path below the endpoint, as text.
        path: String,
        /// The same as a raw resource path.
        resource: String,
    },
}

/// Where lines sit inside the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Align {
    /// At its left edge.
    Left,
    /// In its middle.
    #[default]
    Center,
    /// At its right edge.
    Right,
}

/// Bold and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Typography {
    /// Heavier.
    pub bold: bool,
    /// Slanted.
    pub italic: bool,
    /// Struck through.
    pub strikethrough: bool,
}

// === impl TextBox ===

impl TextBox {
    /// What the padding adds to the content, across and down.
    pub fn padding_size(&self) -> (u32, u32) {
        let [top, right, bottom, left] = self.padding;
        (left.saturating_add(right), top.saturating_add(bottom))
    }

    /// The box around a content of this size.
    #[must_use]
    pub fn around(&self, content: Size) -> Size {
        let (across, down) = self.padding_size();
        Size { width: content.width.saturating_add(across), height: content.height.saturating_add(down) }
    }
}

// === impl Font ===

impl Default for Font {
    fn default() -> Self {
        Self::BuiltIn("Open Sans")
    }
}

// === impl Align ===

impl Align {
    /// Names in `ia`.
    pub(crate) const ALL: [(&'static str, Self); 3] =
        [("left", Self::Left), ("center", Self::Center), ("right", Self::Right)];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, align)| *align == self).map_or("", |(name, _)| name)
    }
}
