//! The planes that are filled: one for each component, with room for the blocks that only fill up.

use crate::{
    Scale,
    frame::Frame,
    transform::{LANES, Samples},
};

/// One component of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    /// `stride * height` samples. Those right of `width` in a row are padding without meaning.
    pub data: Vec<u8>,
    /// Samples across that belong to the picture: its scaled width over the subsampling, rounded up.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Distance from one row to the next, in samples.
    pub stride: usize,
}

/// A decoded picture in the planes it was stored in.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// True scaled width of the picture in luma samples, for example 1067 / 8 = 133.375.
    pub width: f64,
    /// True scaled height of the picture in luma samples.
    pub height: f64,
    /// Y, or Y, Cb and Cr.
    pub planes: Vec<Plane>,
    /// There were bytes behind the end of a scan that mean nothing. The picture is whole.
    pub stray: bool,
}

impl Plane {
    /// Writes the samples of the first `count` lanes, whose blocks stand in one row, `distance` blocks apart, from a place
    /// among the blocks of the component on.
    #[inline(always)]
    pub(crate) fn put<const SIDE: usize>(
        &mut self,
        distance: usize,
        count: usize,
        (across, down): (usize, usize),
        samples: &Samples<SIDE>,
    ) {
        let mut at = down * SIDE * self.stride + across * SIDE;
        for row in samples {
            let blocks: [[u8; SIDE]; LANES] =
                std::array::from_fn(|lane| std::array::from_fn(|column| row[column][lane]));
            let places = self.data.get_mut(at..).unwrap_or_default();
            if distance == 1
                && count == LANES
                && let Some(places) = places.get_mut(..SIDE * LANES)
            {
                places.copy_from_slice(blocks.as_flattened());
            } else {
                for (place, block) in places.chunks_mut(distance * SIDE).zip(&blocks[..count.min(LANES)]) {
                    if let Some(place) = place.first_chunk_mut() {
                        *place = *block;
                    }
                }
            }
            at += self.stride;
        }
    }
}

/// Planes of a picture at a scale, with room for every block that a scan writes.
pub(crate) fn planes(frame: &Frame, scale: Scale) -> Vec<Plane> {
    let side = scale.side();
    let plane = |component| {
        let (across, down) = frame.written_blocks(component);
        let scaled = |length: u32, covers: u32| length.div_ceil(scale.divisor() * covers);
        Plane {
            data: vec![0; across * side * down * side],
            width: scaled(frame.width, component.covers.0),
            height: scaled(frame.height, component.covers.1),
            stride: across * side,
        }
    };
    frame.components.iter().map(plane).collect()
}

/// The finished picture: rows below its last are no part of it.
pub(crate) fn finished(frame: &Frame, scale: Scale, mut planes: Vec<Plane>, stray: bool) -> Planes {
    for plane in &mut planes {
        plane.data.truncate(plane.stride * plane.height as usize);
    }
    let scaled = |length: u32| f64::from(length) / f64::from(scale.divisor());
    Planes { width: scaled(frame.width), height: scaled(frame.height), planes, stray }
}
