//! Text as it is to be set.

use std::sync::Arc;

/// Text with its style, every length in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// What it says; a line feed starts a line.
    pub content: String,
    /// Typeface.
    pub font: Font,
    /// Font size, greater than 0.
    pub size: f32,
    /// Colour of the letters. Its alpha counts for colour glyphs too.
    pub color: Rgba,
    /// Where lines sit inside the content.
    pub align: Align,
    /// Width of the content, which the box then keeps. `None`: that of the widest line's ink.
    pub width: Option<u32>,
    /// Room around the content: top, right, bottom, left.
    pub padding: [u32; 4],
    /// From one baseline to the next. `None`: as the font says.
    pub line_height: Option<f32>,
    /// Heavier: another face of the family, or the same with thicker strokes.
    pub bold: bool,
    /// Slanted: another face of the family, or the same sheared.
    pub italic: bool,
    /// With a line through the letters.
    pub strikethrough: bool,
    /// Fills content and padding.
    pub background: Option<Rgba>,
}

/// Typeface of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Font {
    /// One of the built-in families; an unknown name is Open Sans. Case, spaces and `_` do not count.
    BuiltIn(&'static str),
    /// Bytes of a TTF, OTF, WOFF or WOFF2 file.
    File(Arc<[u8]>),
}

/// A straight (not premultiplied) sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgba {
    /// Red, 0-255.
    pub red: u8,
    /// Green, 0-255.
    pub green: u8,
    /// Blue, 0-255.
    pub blue: u8,
    /// Opacity, 0 (clear) to 255 (opaque).
    pub alpha: u8,
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

// === impl Text ===

impl Default for Text {
    /// An empty text in Open Sans of 45 px, black and centred.
    fn default() -> Self {
        Self {
            content: String::new(),
            font: Font::default(),
            size: 45.0,
            color: Rgba::BLACK,
            align: Align::default(),
            width: None,
            padding: [0; 4],
            line_height: None,
            bold: false,
            italic: false,
            strikethrough: false,
            background: None,
        }
    }
}

// === impl Font ===

impl Default for Font {
    fn default() -> Self {
        Self::BuiltIn("Open Sans")
    }
}

// === impl Rgba ===

impl Rgba {
    /// Opaque black.
    pub const BLACK: Self = Self { red: 0, green: 0, blue: 0, alpha: u8::MAX };

    pub(crate) const fn bytes(self) -> [u8; 4] {
        [self.red, self.green, self.blue, self.alpha]
    }
}
