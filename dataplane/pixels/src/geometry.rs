//! Sizes, places, colours, and the operations a job is made of.

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// Puts two sides together.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Counts the pixels.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }
}

/// A rectangle of pixels; x grows to the right, y downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Rect {
    /// Gives the size of the rectangle.
    pub const fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}

/// A straight (not premultiplied) sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, 0-255.
    pub red: u8,
    /// Green, 0-255.
    pub green: u8,
    /// Blue, 0-255.
    pub blue: u8,
    /// Opacity, 0 (clear) to 255 (opaque).
    pub alpha: u8,
}

impl Color {
    pub(crate) const fn is_opaque(self) -> bool {
        self.alpha == u8::MAX
    }

    pub(crate) const fn bytes(self) -> [u8; 4] {
        [self.red, self.green, self.blue, self.alpha]
    }
}

/// The radius of one rounded corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Radius {
    /// Pixels; cut down to half the shorter side.
    Pixels(f64),
    /// As round as the side allows; four of them make the inscribed ellipse.
    Max,
}

/// One thing done to the picture. Operations run in the order in which they stand.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Scales the whole picture to `scaled`, then cuts `window` out of it (the whole when nothing is cut).
    Resize {
        /// Size of the whole scaled picture.
        scaled: Size,
        /// The part that is kept, inside `scaled`.
        window: Rect,
    },
    /// Cuts a rectangle out without scaling.
    Extract {
        /// The part that is kept, inside the picture.
        rect: Rect,
    },
    /// Puts the picture on a filled canvas; what lies outside of it is cut off.
    Pad {
        /// Size of the result.
        canvas: Size,
        /// Left edge of the picture on the canvas; may be negative.
        x: i64,
        /// Upper edge of the picture on the canvas; may be negative.
        y: i64,
        /// Colour of the rest.
        fill: Color,
    },
    /// Replaces all channels by the luma of Rec. 709; alpha stays.
    Grayscale,
    /// Blurs with a Gaussian.
    Blur {
        /// Standard deviation in pixels.
        sigma: f32,
    },
    /// Draws a border around the picture and rounds the corners of the whole.
    Frame {
        /// Pixels added on every side, and their colour.
        border: Option<(u32, Color)>,
        /// Radii of the outer outline: top left, top right, bottom right, bottom left. `None`: not rounded.
        radii: Option<[Radius; 4]>,
    },
    /// Turns clockwise.
    Rotate {
        /// Quarter turns, taken modulo 4.
        quarter_turns: u8,
    },
    /// Mirrors.
    Flip {
        /// Left and right change places.
        horizontal: bool,
        /// Top and bottom change places.
        vertical: bool,
    },
    /// Puts what is transparent onto a colour.
    Background {
        /// The colour behind the picture; its own transparency stays.
        color: Color,
    },
}
