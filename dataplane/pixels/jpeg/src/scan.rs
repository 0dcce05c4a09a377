//! The scan header (T.81, B.2.3): which components follow, with which tables, and which part of their coefficients.

use crate::{
    Error,
    error::damaged,
    frame::{Frame, MOST_BLOCKS},
};

/// A component's part in a scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Its place in the frame header.
    pub(crate) component: usize,
    /// Which Huffman table its means use.
    pub(crate) dc: usize,
    /// Which Huffman table its other coefficients use.
    pub(crate) ac: usize,
}

/// What the scan header says.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) members: Vec<Member>,
    /// The first and the last coefficient, in the order of the zigzag.
    pub(crate) band: (u8, u8),
    /// The bit that comes first, and the one that was last before: successive approximation (G.1.1.1.2).
    pub(crate) low: u8,
    pub(crate) high: u8,
}

impl Scan {
    /// Reads the header of a scan of this frame.
    pub(crate) fn read(payload: &[u8], frame: &Frame) -> Result<Self, Error> {
        let Some((&count, rest)) = payload.split_first() else { return damaged("a short scan header") };
        let count = usize::from(count);
        if !(1..=frame.components.len()).contains(&count) || rest.len() != count * 2 + 3 {
            return damaged("an impossible scan header");
        }
        let (names, parameters) = rest.split_at(count * 2);
        let mut members: Vec<Member> = Vec::with_capacity(count);
        let mut blocks = 0;
        for name in names.chunks_exact(2) {
            let Some(component) = frame.components.iter().position(|component| component.id == name[0])
            else {
                return damaged("a scan of an unknown component");
            };
            // They come in the order of the frame header.
            if members.last().is_some_and(|last| last.component >= component) {
                return damaged("a scan whose components are out of order");
            }
            let (across, down) = frame.components[component].factors;
            blocks += across * down;
            members.push(Member { component, dc: usize::from(name[1] >> 4), ac: usize::from(name[1] & 15) });
        }
        if count > 1 && blocks > MOST_BLOCKS {
            return damaged("a unit of too many blocks");
        }
        let &[first, last, bits] = parameters else { return damaged("a short scan header") };
        Ok(Self { members, band: (first, last), high: bits >> 4, low: bits & 15 })
    }
}
