//! The finished box.

/// Pixels of a box, row by row without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Red, green, blue and straight (not premultiplied) alpha of each pixel.
    pub data: Vec<u8>,
}
