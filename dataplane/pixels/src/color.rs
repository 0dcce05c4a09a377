//! Colour: YCbCr and RGB, profiles to sRGB, inks to light.

pub(crate) mod profile;
pub(crate) mod ycbcr;
