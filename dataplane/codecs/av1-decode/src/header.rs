//! What is known of a picture from its boxes.

use crate::{
    Crop, Error, Mirror,
    bmff::{Completeness, Container},
    image::{Image, Source},
};

/// Facts that cost no decoding.
#[expect(clippy::struct_excessive_bools, reason = "facts of a file, each independent of the others")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Pixels as coded (`ispe`; of a grid, the whole); before `crop` and `rotation`.
    pub width: u32,
    /// Pixels, as `width`.
    pub height: u32,
    /// Is there an alpha picture?
    pub alpha: bool,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// Quarter turns anticlockwise (`irot`).
    pub rotation: u8,
    /// Exchange of sides (`imir`), after the rotation.
    pub mirror: Option<Mirror>,
    /// The part to show (`clap`), before the rotation.
    pub crop: Option<Crop>,
    /// Is there an ICC profile?
    pub icc: bool,
    /// Is the picture put together from tiles?
    pub grid: bool,
    /// Does the file call itself a sequence (brand `avis`)?
    pub sequence: bool,
    /// Frames of the sequence's picture track; 1 for a still.
    pub frames: u32,
}

impl Header {
    /// The size that [`decode_rgba`](crate::decode_rgba) gives: after `crop` and `rotation`.
    pub fn output_size(&self) -> (u32, u32) {
        let (width, height) = self.crop.map_or((self.width, self.height), |crop| (crop.width, crop.height));
        if self.rotation % 2 == 1 { (height, width) } else { (width, height) }
    }
}

/// Reads the boxes that describe the picture. The pixels need not be there yet.
pub fn read_header(data: &[u8]) -> Result<Header, Error> {
    let container = Container::read(data, Completeness::Header)?;
    let image = Image::find(&container)?;
    Ok(Header {
        width: image.width,
        height: image.height,
        alpha: image.alpha.is_some(),
        bit_depth: image.bit_depth,
        rotation: image.rotation,
        mirror: image.mirror,
        crop: image.crop,
        icc: image.icc.is_some(),
        grid: matches!(image.color, Source::Grid { .. }),
        sequence: container.sequence,
        frames: container.tracks.as_ref().map_or(image.frames, |tracks| tracks.color.frames),
    })
}
