//! Sizes, places, colours, and the operations a job is made of.

use crate::{Corners, Fill, Gradient, Layer, Recolour, Shadow, Unsharp};

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
        /// What stands behind it.
        fill: Fill,
    },
    /// Keeps the part of this size that draws the eye.
    Attend {
        /// Size of the result, no side larger than the picture's.
        window: Size,
    },
    /// Gives one colour the place of another.
    Recolour(Recolour),
    /// Mixes the picture with its luma in a colour.
    Colorize {
        /// The colour.
        color: Color,
        /// Share of the tint, 0-1.
        share: f32,
    },
    /// Stretches the luma so that its 1st and 99th percentiles become 0 and 255.
    Contrast,
    /// Sharpens.
    Unsharp(Unsharp),
    /// Moves the corners of the picture; the canvas stays.
    Perspective {
        /// Where the corners go.
        corners: Corners,
    },
    /// Bends the picture upward (positive) or downward.
    Arc {
        /// Degrees of the arc that the picture's width becomes, -360 to 360.
        degrees: f64,
        /// Size of the result: the box around the bent picture.
        canvas: Size,
    },
    /// Lays a gradient over the picture.
    Gradient(Gradient),
    /// Lays a shadow under the picture.
    Shadow(Shadow),
    /// Turns clockwise by any angle.
    Tilt {
        /// Degrees.
        degrees: f64,
        /// Size of the result: the box around the turned picture.
        canvas: Size,
    },
    /// Makes the picture more transparent.
    Opacity {
        /// Factor of alpha, 0-1.
        share: f32,
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
    /// Puts what is transparent onto something.
    Background {
        /// What stands behind the picture; the transparency of a colour stays.
        fill: Fill,
    },
    /// Draws another picture on this one.
    Draw(Box<Layer>),
}
