//! The frame header (T.81, B.2.2): how large the picture is, and how its components lie in blocks.

use crate::{
    Error,
    error::{damaged, unsupported},
    segment::{SOF0, SOF1, SOF2, Segment},
};

/// One component: luma, or one of the two of chroma.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Component {
    /// What scan headers call it.
    pub(crate) id: u8,
    /// Blocks across and down in each minimum coded unit of a scan of several components.
    pub(crate) factors: (usize, usize),
    /// Which quantisation table it uses.
    pub(crate) quantisation: usize,
    /// Blocks that hold samples of the picture, across and down (A.1.1, A.2.4).
    pub(crate) blocks: (usize, usize),
    /// How many luma samples one sample covers, across and down.
    pub(crate) covers: (u32, u32),
}

/// What the frame header says.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The coefficients come in several scans, a band or a bit at a time (G.1).
    pub(crate) progressive: bool,
    pub(crate) components: Vec<Component>,
    /// Minimum coded units across and down, in a scan of several components.
    pub(crate) units: (usize, usize),
}

/// Most blocks of a minimum coded unit (B.2.3).
pub(crate) const MOST_BLOCKS: usize = 10;

impl Frame {
    /// Reads the header, unless the marker is no start of frame.
    pub(crate) fn read(segment: &Segment<'_>) -> Result<Option<Self>, Error> {
        let progressive = match segment.marker {
            SOF0 | SOF1 => false,
            SOF2 => true,
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return unsupported("lossless, hierarchical or arithmetic coding");
            }
            _ => return Ok(None),
        };
        let &[precision, h1, h0, w1, w0, count, ref parameters @ ..] = segment.payload else {
            return damaged("a short frame header");
        };
        if precision != 8 {
            return unsupported("a precision of other than 8 bits");
        }
        let (height, width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
        if width == 0 || height == 0 || parameters.len() != usize::from(count) * 3 {
            return damaged("an impossible frame header");
        }
        if count != 1 && count != 3 {
            return unsupported("other than one or three components");
        }
        let (width, height) = (u32::from(width), u32::from(height));
        let factors = |parameter: &[u8]| (usize::from(parameter[1] >> 4), usize::from(parameter[1] & 15));
        let most = factors(parameters);
        let mut components: Vec<Component> = Vec::with_capacity(3);
        for parameter in parameters.chunks_exact(3) {
            let (across, down) = factors(parameter);
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) {
                return damaged("an impossible sampling factor");
            }
            if most.0 % across != 0 || most.1 % down != 0 {
                return unsupported("a sampling in which luma is not the finest");
            }
            let covers = (most.0 / across, most.1 / down);
            let blocks = (blocks(width, covers.0), blocks(height, covers.1));
            let covers = (covers.0 as u32, covers.1 as u32);
            let id = parameter[0];
            if components.iter().any(|other| other.id == id) {
                return unsupported("two components of one name");
            }
            let quantisation = usize::from(parameter[2]);
            components.push(Component { id, factors: (across, down), quantisation, blocks, covers });
        }
        if let [_, blue, red] = &components[..]
            && blue.covers != red.covers
        {
            return unsupported("chroma of two sizes");
        }
        let units = (width.div_ceil(8 * most.0 as u32), height.div_ceil(8 * most.1 as u32));
        let units = (units.0 as usize, units.1 as usize);
        Ok(Some(Self { width, height, progressive, components, units }))
    }

    /// Blocks across and down that scans write, with those that only fill up the last units (A.2.4).
    pub(crate) fn written_blocks(&self, component: &Component) -> (usize, usize) {
        (self.units.0 * component.factors.0, self.units.1 * component.factors.1)
    }
}

/// Blocks along a side whose samples are subsampled.
fn blocks(side: u32, covers: usize) -> usize {
    side.div_ceil(8 * covers as u32) as usize
}
