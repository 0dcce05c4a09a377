//! What effects are told. Lengths are pixels of the picture that an effect is given.

use crate::Color;

/// What stands behind a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// One colour.
    Color(Color),
    /// The picture itself, scaled to cover the canvas and blurred. Behind padding only; elsewhere nothing.
    Blurred {
        /// Standard deviation in pixels of the canvas.
        sigma: f32,
        /// Added to each channel, -255 to 255.
        brightness: i16,
    },
    /// The most frequent colour of the picture's border.
    Dominant,
    /// The two most frequent colours of the border, from top to bottom.
    GradientOfTwo,
    /// The four most frequent colours of the border, between the corners.
    GradientOfFour,
    /// What lies between these colours of the corners top left, top right, bottom left and bottom right.
    Corners([Color; 4]),
}

/// A mask that is added to the luma: what a blurred copy of it lacks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unsharp {
    /// Half the width of the blur's kernel; `None`: as wide as `sigma` needs.
    pub radius: Option<f32>,
    /// Standard deviation of the blur.
    pub sigma: f32,
    /// Factor of the difference.
    pub amount: f32,
    /// Part of the full scale up to which differences are left alone.
    pub threshold: f32,
}

/// A black shadow of the picture's shape, under it. The canvas stays; what leaves it is cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shadow {
    /// Standard deviation of its blur.
    pub sigma: f32,
    /// Opacity, 0-1.
    pub strength: f32,
    /// To the right.
    pub x: i32,
    /// Down.
    pub y: i32,
}

/// A linear gradient over the whole picture, also where that is transparent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gradient {
    /// Where it goes to: clockwise degrees from the top.
    pub degrees: f64,
    /// Colour of the beginning.
    pub from: Color,
    /// Colour of the end.
    pub to: Color,
    /// How far from the beginning `to` is reached; from there on it is `to` alone.
    pub stop: f64,
}

/// A colour that takes the place of another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recolour {
    /// The new colour.
    pub to: Color,
    /// How far hue and chroma may be away from the old colour, 0-1 of the farthest.
    pub tolerance: f32,
    /// The old colour; `None`: the most frequent one of the border.
    pub from: Option<Color>,
}

/// The four corners of a picture: top left, top right, bottom right, bottom left, as x and y.
pub type Corners = [(f64, f64); 4];
